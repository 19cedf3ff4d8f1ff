/**
 * `node scripts/image/assemble.ts OUT`: puts what each image holds into a folder of its own below OUT. The Dockerfile runs it in its build
 * stage, and a test runs it without Docker: what an image starts is what the test starts. Everything has been built before.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/root.ts";
import { type Target, targets } from "./targets.ts";

const [out = ""] = process.argv.slice(2);
if (out === "") throw new Error("say where to: node scripts/image/assemble.ts OUT");

// A deploy without what is for development leaves a note that this whole workspace has been installed so: the next command of pnpm would
// take a developer's tools away.
const notes = globSync("node_modules/.pnpm-workspace-state*.json", { cwd: root }).map((path) => join(root, path));
const kept = notes.map((path) => readFileSync(path));
try {
  for (const target of targets) assemble(target, join(out, target.name));
} finally {
  for (const [at, path] of notes.entries()) writeFileSync(path, kept[at] ?? "");
}

function assemble(target: Target, folder: string): void {
  if (target.kind === "pages") {
    cpSync(join(root, target.folder, "dist"), folder, { recursive: true, filter: (path) => !path.endsWith(".map") });
    return;
  }
  // What the package's own packing does first: the gateway takes the console in.
  if (existsSync(join(root, target.folder, "scripts/prepack.ts"))) run("node", ["scripts/prepack.ts"], join(root, target.folder));
  run("pnpm", ["--filter", target.package, "--prod", "--legacy", "deploy", folder], root);
  const addon = join(root, "packages/quic/native");
  const quic = join(folder, "node_modules/@moqscope/quic");
  if (existsSync(addon) && existsSync(quic)) {
    const inside = join(realpathSync(quic), "native");
    mkdirSync(inside, { recursive: true });
    cpSync(addon, inside, { recursive: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? error?.message}`);
}
