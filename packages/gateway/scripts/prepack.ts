/** Puts the built console into this package, which is packed with it. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const built = join(root, "..", "..", "apps", "console", "dist");
const target = join(root, "console");

if (!existsSync(join(built, "index.html"))) {
  process.stderr.write("the console is not built: run pnpm --filter @moqscope/console build, then pack again\n");
  process.exit(1);
}
rmSync(target, { recursive: true, force: true });
cpSync(built, target, { recursive: true, filter: (path) => !path.endsWith(".map") });
