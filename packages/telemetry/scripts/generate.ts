import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedFiles } from "./generated/index.ts";

const top = new URL("../../../", import.meta.url);
for (const { path, text } of generatedFiles()) {
  const file = fileURLToPath(new URL(path, top));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
