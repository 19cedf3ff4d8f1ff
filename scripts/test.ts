/**
 * `pnpm test`: finds or installs Chromium, runs vitest with the arguments given, and ends with the plain line
 * `N passed, N failed, N skipped`, each skip with its reason above it.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideChromium } from "./support/install-chromium.ts";
import { root } from "./support/root.ts";
import { type Tally, tallyLine, tallyVariable } from "./support/tally.ts";

/** A run that hangs must not hold a machine: `pnpm test` takes half of this, `test:long` two thirds of its own, a soak most of an hour. */
const limitMs = limitMinutes() * 60_000;

function limitMinutes(): number {
  if (process.env["MOQSCOPE_FUZZ_RUNS"] !== undefined) return 90;
  return process.env["MOQSCOPE_LONG"] === undefined ? 20 : 35;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const browser = provideChromium(say);
  const missing = "missing" in browser ? browser.missing : undefined;
  if (missing !== undefined) say(missing);
  const ci = !["", "0", "false", undefined].includes(process.env["CI"]);

  const folder = mkdtempSync(join(tmpdir(), "moqscope-test-"));
  try {
    const path = join(folder, "tally.json");
    const chromium = "path" in browser ? { CHROMIUM_PATH: browser.path } : {};
    const env = { ...process.env, ...chromium, [tallyVariable]: path };
    const exitCode = await vitest(
      args.filter((arg, index) => arg !== "--" || index > 0),
      env,
    );
    const tally = read(path);
    if (tally === undefined) {
      say("vitest ended without a result");
      say(tallyLine({ passed: 0, failed: 1, skipped: 0 }));
      return 1;
    }
    if (missing !== undefined && ci) {
      say("CI is set, so a missing browser is a failure");
      tally.failed += 1;
    }
    for (const { name, reason } of tally.skipped) say(`skipped: ${name}: ${reason ?? missing ?? "no reason given"}`);
    say(tallyLine({ ...tally, skipped: tally.skipped.length }));
    return exitCode !== 0 || tally.failed > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs vitest to its end and gives its exit code; what ends us ends it too. */
function vitest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const program = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts/support/tally.ts")}`];
  const child = spawn(process.execPath, [program, "run", ...reporters, ...args], { cwd: root, env, stdio: "inherit" });
  const end = (): void => void child.kill("SIGTERM");
  const timer = setTimeout(() => {
    process.stdout.write(`the tests run for more than ${limitMs / 60_000} minutes: ending them\n`);
    end();
    setTimeout(() => void child.kill("SIGKILL"), 5_000).unref();
  }, limitMs);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

function read(path: string): Tally | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Tally;
  } catch {
    // The caller reports a missing tally as a failure.
    return undefined;
  }
}
