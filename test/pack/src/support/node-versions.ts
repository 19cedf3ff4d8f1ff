import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npmInstall, root } from "./run.ts";

/** The oldest Node that the packages declare, the current long-term one, and the one that the repository's scripts run on. */
export const nodeVersions = ["22.15.0", "24.21.0", "26.10.0"] as const;

const cache = join(root, "node_modules/.cache/moqscope-node");
const program = process.platform === "win32" ? "node.exe" : "node";

/** The path of that Node; taken from the npm package `node` once and kept, other versions are thrown away. */
export async function provideNode(version: string): Promise<string> {
  if (process.versions.node === version) return process.execPath;
  mkdirSync(cache, { recursive: true });
  for (const entry of readdirSync(cache)) {
    if (!nodeVersions.some((kept) => kept === entry)) rmSync(join(cache, entry), { recursive: true, force: true });
  }
  const kept = join(cache, version, program);
  if (existsSync(kept)) return kept;
  const folder = mkdtempSync(join(cache, "install-"));
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
    await npmInstall(folder, [`node@${version}`]);
    // Under its final name only when it is whole, so that a run that was cut off leaves no half of a program.
    const whole = join(folder, "whole");
    mkdirSync(whole);
    cpSync(join(folder, "node_modules/node/bin", program), join(whole, program));
    rmSync(join(cache, version), { recursive: true, force: true });
    renameSync(whole, join(cache, version));
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
