import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../support/root.ts";
import type { ForeignBuild } from "./builds.ts";
import { foreignFolder, programPath, stampPath } from "./installed.ts";

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
interface Hearing extends Pick<BuildOptions, "signal"> {
  /** Hears every line, of answers and of words beside them. */
  readonly progress?: (line: string) => void;
}

/** Builds one program into the cache at low priority; everything it says goes into a log beside it. */
export async function build(one: ForeignBuild, options: BuildOptions): Promise<Outcome> {
  const folder = foreignFolder();
  await mkdir(join(folder, "bin"), { recursive: true });
  const log = join(folder, `${one.name}.log`);
  const started = performance.now();
  try {
    await make(one, log, options);
    return { kind: "built", seconds: Math.round((performance.now() - started) / 1000) };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error), log };
  }
}

function make(one: ForeignBuild, log: string, options: BuildOptions): Promise<void> {
  switch (one.by) {
    case "cargo":
      return byCargo(one, log, options);
    case "go":
      return byGo(one, log, options);
    case "collector":
      return byCollector(one, log, options);
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

/**
 * In a copy of the module's source, because `go install` refuses modules that replace others, and a module that merely requires it
 * would not replace them.
 */
async function byGo(one: Extract<ForeignBuild, { by: "go" }>, log: string, options: BuildOptions): Promise<void> {
  await inFolder(async (folder) => {
    const env = goEnvironment(options);
    const cwd = join(folder, "source");
    options.progress("downloading");
    const { signal } = options;
    const download = ["mod", "download", "-json", `${one.module}@${one.version}`];
    const answer = await run({ command: "go", args: download, cwd: folder, env }, log, { signal });
    const { Dir: source } = JSON.parse(answer) as { readonly Dir: string };
    // The cache of modules is read-only, and so would a copy be.
    for (const [command, ...args] of [
      ["cp", "-R", source, cwd],
      ["chmod", "-R", "u+w", cwd],
    ] as const)
      await run({ command, args, cwd: folder }, log, { signal });
    for (const [path, text] of Object.entries(one.files ?? {})) {
      await mkdir(dirname(join(cwd, path)), { recursive: true });
      await writeFile(join(cwd, path), text);
    }
    for (const module of one.released ?? []) {
      const args = ["mod", "edit", `-dropreplace=${module}`];
      await run({ command: "go", args, cwd, env }, log, { signal });
    }
    options.progress("compiling");
    const tags = (one.tags ?? ["netgo"]).join(",");
    const args = ["build", "-trimpath", "-tags", tags, "-ldflags", "-s -w", "-o", programPath(one), `./${one.package}`];
    await run({ command: "go", args, cwd, env }, log, { signal });
    await writeFile(stampPath(one), `${one.version}\n`);
  });
}

async function byCollector(one: Extract<ForeignBuild, { by: "collector" }>, log: string, options: BuildOptions): Promise<void> {
  await inFolder(async (folder) => {
    const { signal } = options;
    options.progress("compiling");
    const manifest = join(root, one.manifest);
    const args = ["run", `go.opentelemetry.io/collector/cmd/builder@v${one.version}`, "--config", manifest];
    await run({ command: "go", args, cwd: folder, env: goEnvironment(options) }, log, { signal });
    const output = /output_path: (\S+)/.exec(await readFile(manifest, "utf8"))?.[1] ?? "out";
    await copyFile(join(folder, output, one.name), programPath(one));
    await writeFile(stampPath(one), `${one.version}\n`);
  });
}

/** `local`: a newer toolchain would be downloaded otherwise. */
function goEnvironment({ jobs }: BuildOptions): Record<string, string> {
  return { GOTOOLCHAIN: "local", GOMAXPROCS: String(jobs), GOFLAGS: "-mod=mod" };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "moqscope-foreign-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs to its end at low priority and gives what it printed on stdout. Throws an Error that says how it ended otherwise, with its last line. */
function run({ command, args, cwd, env }: Step, log: string, { progress, signal }: Hearing): Promise<string> {
  const file = createWriteStream(log, { flags: "a" });
  const [program, ...rest] = process.platform === "win32" ? [command, ...args] : ["nice", "-n", "15", command, ...args];
  const child = spawn(program as string, rest, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], signal });
  let last = "";
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      file.write(`${line}\n`);
      if (line.trim() !== "") last = line.trim();
      if (stream === child.stdout) printed.push(line);
      progress?.(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(signal.aborted ? new Error("it was ended") : error));
    child.once("close", (code) => {
      file.end();
      if (code === 0) resolve(printed.join("\n"));
      else reject(new Error(code === 127 ? `there is no ${command} on PATH` : `${command} ended with ${code}: ${last}`));
    });
  });
}
