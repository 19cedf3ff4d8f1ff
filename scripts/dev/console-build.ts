import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root } from "../support/root.ts";

const app = join(root, "apps/console");
const sources = ["src", "public", "index.html", "vite.config.ts", "package.json"].map((path) => join(app, path));

/** Where the built console lies. */
export const consoleDir: string = join(app, "dist");

/** Builds the console when a source of it is newer than its last build; says so before. Throws when the build fails. */
export async function buildConsole(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const built = newest(join(consoleDir, "index.html"));
  if (built >= Math.max(...sources.map(newest), newest(join(root, "packages/telemetry/src")))) return;
  say("building the console (its sources are newer than its last build)");
  await promisify(execFile)(process.execPath, [viteProgram(app), "build", "--logLevel", "warn"], { cwd: app, signal });
}

/** The program of the Vite that an app depends on. */
export function viteProgram(from: string): string {
  const manifest = createRequire(join(from, "package.json")).resolve("vite/package.json");
  return join(dirname(manifest), "bin/vite.js");
}

/** The newest time of change below a path in ms; 0 where there is nothing. */
function newest(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  // A folder's own time tells of files that were taken away.
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((entry) => newest(join(path, entry))));
}
