import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const running: ChildProcess[] = [];

export const freePorts: readonly string[] = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];

/** A process of `moqscope-relay`, from sources. */
export interface Run {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  stdout: string;
  stderr: string;
}
export function run(...args: readonly string[]): Run {
  return runIn({}, ...args);
}
/** The same with further environment variables. */
export function runIn(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Run {
  const env = { ...process.env, ...variables };
  const child = spawn(process.execPath, ["--conditions=@moqscope/source", main, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
  running.push(child);
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const started: Run = { child, exited, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (started.stdout += chunk));
  child.stderr.on("data", (chunk) => (started.stderr += chunk));
  return started;
}
interface Ready {
  readonly url: string;
  readonly admin_url: string;
  readonly node: string;
  readonly telemetry: string;
  readonly options: string;
  readonly message: string;
}
/** What it says when it is ready. */
export async function ready(started: Run, withinMs = 20_000): Promise<Ready> {
  await expect.poll(() => started.stderr.includes("moq.ready"), { timeout: withinMs }).toBe(true);
  const line = started.stderr.split("\n").find((each) => each.includes("moq.ready")) ?? "";
  return JSON.parse(line) as Ready;
}
/** Ends those that a test left behind. */
export function killAll(): void {
  for (const child of running.splice(0)) child.kill("SIGKILL");
}
