/** `pnpm generate`: writes dashboards and rule files, and removes those that are no more. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outputFolders, outputs } from "./outputs.ts";

const folder = join(import.meta.dirname, "..");
const files = outputs();
for (const [path, text] of files) {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
for (const place of outputFolders)
  for (const name of readdirSync(join(folder, place))) if (!files.has(`${place}/${name}`)) rmSync(join(folder, place, name));
process.stdout.write(`infra: ${files.size} files\n`);
