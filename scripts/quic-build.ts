import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

/**
 * `pnpm quic:build`: builds the addon of @moqscope/quic with cargo and puts it where the package looks first. What was built from the
 * same sources before is taken from a cache outside the checkout (MOQSCOPE_CACHE, else ~/.cache/moqscope), so that only a change costs
 * a compile and only the first one minutes. `--jobs n` for one that shall not be in the way; `--if-possible`: to have no cargo is no
 * failure.
 */
const { values } = parseArgs({ options: { jobs: { type: "string" }, "if-possible": { type: "boolean", default: false } } });
const root = join(import.meta.dirname, "..");
const crate = join(root, "packages/quic/crate");
const cache = process.env["MOQSCOPE_CACHE"] ?? join(homedir(), ".cache/moqscope");
const target = join(cache, "quic-target");
const windows = process.platform === "win32";

function cargo(): string | undefined {
  const name = windows ? "cargo.exe" : "cargo";
  const folders = [...(process.env["PATH"] ?? "").split(windows ? ";" : ":"), join(homedir(), ".cargo/bin")];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The name that packages/quic/src/native.ts looks for. */
function outputName(): string {
  const glibc = (process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }).header?.glibcVersionRuntime;
  const abi = process.platform === "linux" ? (glibc === undefined ? "-musl" : "-gnu") : windows ? "-msvc" : "";
  return `moqscope-quic.${process.platform}-${process.arch}${abi}.node`;
}

function library(): string {
  if (windows) return "moqscope_quic.dll";
  return process.platform === "darwin" ? "libmoqscope_quic.dylib" : "libmoqscope_quic.so";
}

/** Of all that goes into the addon. */
function hashOfSources(): string {
  const hash = createHash("sha256");
  for (const path of globSync("{Cargo.*,*/Cargo.toml,*/build.rs,*/src/**/*.rs}", { cwd: crate }).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(crate, path)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 32);
}

function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { cwd: crate, stdio: "inherit", env: { ...process.env, CARGO_TARGET_DIR: target } });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`quic:build: ${command} could not be started: ${error.message}`);
      resolve(127);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function holderLives(path: string): boolean {
  try {
    process.kill(Number(readFileSync(path, "utf8")), 0);
    return true;
  } catch {
    // No such process, or no such file any more: nobody holds it.
    return false;
  }
}

/** Checkouts share what cargo keeps, and with it the file that comes out: one at a time. */
async function locked<T>(work: () => Promise<T>): Promise<T> {
  const path = join(cache, "quic-target.lock");
  mkdirSync(cache, { recursive: true });
  for (let told = false; ; ) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      break;
    } catch {
      // There already: another build runs, or one died and left it.
      if (!holderLives(path)) rmSync(path, { force: true });
      else if (!told) console.log("quic:build: waiting for another build");
      told = true;
      await sleep(500);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  // Renamed into place: a process that has the old one loaded keeps it.
  copyFileSync(from, `${to}.${process.pid}`);
  renameSync(`${to}.${process.pid}`, to);
}

async function build(program: string, kept: string): Promise<number> {
  // Whatever another checkout left there is not ours.
  for (const old of [join(target, "release", library()), join(target, "release/deps", library())]) rmSync(old, { force: true });
  const args = ["build", "--release", "--locked", "-p", "moqscope-quic", ...(values.jobs === undefined ? [] : ["--jobs", values.jobs])];
  const code = windows ? await run(program, args) : await run("nice", ["-n", "10", program, ...args]);
  if (code === 0) put(join(target, "release", library()), kept);
  return code;
}

const started = performance.now();
const output = join(root, "packages/quic/native", outputName());
const kept = join(cache, "quic-native", hashOfSources(), outputName());
const known = existsSync(kept);
if (!known) {
  const program = cargo();
  if (program === undefined) {
    console.log("quic:build: there is no cargo (https://rustup.rs), so WebTransport and QUIC are left out");
    process.exit(values["if-possible"] ? 0 : 1);
  }
  const code = await locked(async () => (existsSync(kept) ? 0 : await build(program, kept)));
  if (code !== 0) {
    console.log(`quic:build: cargo failed with code ${code}`);
    process.exit(code);
  }
}
put(kept, output);
const seconds = Math.round((performance.now() - started) / 1000);
console.log(`quic:build: packages/quic/native/${outputName()} ${known ? "taken from the cache" : `built in ${seconds} s`}`);
