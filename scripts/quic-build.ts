import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * `pnpm quic:build`: builds the addon of @moqscope/quic with cargo and puts it where the package looks first. What cargo keeps lies
 * outside the checkout (MOQSCOPE_CACHE, else ~/.cache/moqscope), so that only the first build takes minutes.
 * `--jobs n` for one that shall not be in the way; `--if-possible` says in one line that there is no cargo, and that is no failure.
 */
const { values } = parseArgs({ options: { jobs: { type: "string" }, "if-possible": { type: "boolean", default: false } } });
const root = join(import.meta.dirname, "..");
const packageDir = join(root, "packages/quic");
const cache = process.env["MOQSCOPE_CACHE"] ?? join(homedir(), ".cache/moqscope");
const target = process.env["CARGO_TARGET_DIR"] ?? join(cache, "quic-target");

function cargo(): string | undefined {
  const name = process.platform === "win32" ? "cargo.exe" : "cargo";
  const folders = [...(process.env["PATH"] ?? "").split(process.platform === "win32" ? ";" : ":"), join(homedir(), ".cargo/bin")];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The name that packages/quic/src/native.ts looks for. */
function outputName(): string {
  const glibc = (process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }).header?.glibcVersionRuntime;
  const abi = process.platform === "linux" ? (glibc === undefined ? "-musl" : "-gnu") : process.platform === "win32" ? "-msvc" : "";
  return `moqscope-quic.${process.platform}-${process.arch}${abi}.node`;
}

function library(): string {
  if (process.platform === "win32") return "moqscope_quic.dll";
  return process.platform === "darwin" ? "libmoqscope_quic.dylib" : "libmoqscope_quic.so";
}

function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, {
    cwd: join(packageDir, "crate"),
    stdio: "inherit",
    env: { ...process.env, CARGO_TARGET_DIR: target },
  });
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`quic:build: ${command} could not be started: ${error.message}`);
      resolve(127);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

const found = cargo();
if (found === undefined) {
  console.log("quic:build: there is no cargo (https://rustup.rs), so WebTransport and QUIC are left out");
  process.exit(values["if-possible"] ? 0 : 1);
}
const started = performance.now();
const args = ["build", "--release", "--locked", "-p", "moqscope-quic", ...(values.jobs === undefined ? [] : ["--jobs", values.jobs])];
const code = process.platform === "win32" ? await run(found, args) : await run("nice", ["-n", "10", found, ...args]);
if (code !== 0) {
  console.log(`quic:build: cargo failed with code ${code}`);
  process.exit(code);
}
const native = join(packageDir, "native");
mkdirSync(native, { recursive: true });
const output = join(native, outputName());
// Renamed into place: a process that has the old one loaded keeps it.
copyFileSync(join(target, "release", library()), `${output}.new`);
renameSync(`${output}.new`, output);
console.log(`quic:build: packages/quic/native/${outputName()} built in ${Math.round((performance.now() - started) / 1000)} s`);
