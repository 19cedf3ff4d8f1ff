import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ForeignBuild } from "./builds.ts";
import { foreignFolder, programPath } from "./installed.ts";

/** How a build went. */
export type Outcome =
  | { readonly kind: "built"; readonly seconds: number }
  | { readonly kind: "failed"; readonly reason: string; readonly log: string };

export interface BuildOptions {
  /** Compilers at once. */
  readonly jobs: number;
  /** What it is at, whenever that changes. */
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}
interface Step {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Builds one program into the cache at low priority; everything it says goes into a log beside it. */
export async function build(one: ForeignBuild, options: BuildOptions): Promise<Outcome> {
  const folder = foreignFolder();
  await mkdir(join(folder, "bin"), { recursive: true });
  const log = join(folder, `${one.name}.log`);
  const started = performance.now();
  try {
    await (one.by === "cargo" ? byCargo(one, log, options) : byGo(one, log, options));
    return { kind: "built", seconds: Math.round((performance.now() - started) / 1000) };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error), log };
  }
}

/** Removes what compilers keep between two builds of one run: gigabytes that nothing needs afterwards. */
export async function tidy(): Promise<void> {
  await rm(targetFolder(), { recursive: true, force: true });
}
function targetFolder(): string {
  return join(foreignFolder(), "target");
}

/**
 * Not `--locked`: a lock file may name a crate that was taken back since, and that build could then never be made. The version of the
 * program itself is exact.
 */
async function byCargo(one: Extract<ForeignBuild, { by: "cargo" }>, log: string, options: BuildOptions): Promise<void> {
  const features = one.features ? ["--features", one.features.join(",")] : [];
  const args = ["install", `${one.name}@${one.version}`, "--root", foreignFolder(), "--force", "--jobs", String(options.jobs), ...features];
  let compiled = 0;
  let all: string | undefined;
  await run({ command: "cargo", args, env: { CARGO_TARGET_DIR: targetFolder() } }, log, {
    ...options,
    progress(line) {
      all = /Locking (\d+) packages/.exec(line)?.[1] ?? all;
      const [, doing, crate] = /^\s*(Compiling|Downloaded|Installing) (\S+)/.exec(line) ?? [];
      if (doing === "Compiling") compiled++;
      if (doing !== undefined)
        options.progress(compiled === 0 ? `${doing} ${crate}` : `${crate} (${compiled} of at most ${all ?? "some"} crates)`);
    },
  });
}

/** In a module of its own, because `go install` refuses modules that replace others. */
async function byGo(one: Extract<ForeignBuild, { by: "go" }>, log: string, options: BuildOptions): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "moqscope-foreign-"));
  // A newer toolchain would be downloaded otherwise.
  const env = { GOTOOLCHAIN: "local", GOMAXPROCS: String(options.jobs), GOFLAGS: "-mod=mod" };
  try {
    await writeFile(join(cwd, "go.mod"), `module moqscope.invalid/foreign\n\nrequire ${one.module} ${one.version}\n`);
    options.progress("downloading");
    await run({ command: "go", args: ["mod", "download", one.module], cwd, env }, log, options);
    options.progress("compiling");
    const output = programPath(one);
    const args = ["build", "-trimpath", "-tags", one.tags.join(","), "-ldflags", "-s -w", "-o", output, one.package];
    await run({ command: "go", args, cwd, env }, log, { ...options, progress: () => {} });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Runs to its end at low priority. Throws an Error that says how it ended otherwise, with its last line. */
function run({ command, args, cwd, env }: Step, log: string, { progress, signal }: BuildOptions): Promise<void> {
  const file = createWriteStream(log, { flags: "a" });
  const [program, ...rest] = process.platform === "win32" ? [command, ...args] : ["nice", "-n", "15", command, ...args];
  const child = spawn(program as string, rest, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], signal });
  let last = "";
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      file.write(`${line}\n`);
      if (line.trim() !== "") last = line.trim();
      progress(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(signal.aborted ? new Error("it was ended") : error));
    child.once("close", (code) => {
      file.end();
      if (code === 0) resolve();
      else reject(new Error(code === 127 ? `there is no ${command} on PATH` : `${command} ended with ${code}: ${last}`));
    });
  });
}
