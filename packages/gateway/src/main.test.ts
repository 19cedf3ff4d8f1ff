import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { exportHelp } from "./export/otel-environment.ts";

const entry = join(import.meta.dirname, "main.ts");
const free = ["--ingest-listen", "0", "--otlp-listen", "0", "--console-listen", "0"];
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function start(args: readonly string[]): { child: ChildProcess; out: () => string; error: () => string } {
  const child = spawn(process.execPath, ["--conditions=@moqscope/source", entry, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
  return { child, out: () => out, error: () => error };
}

describe("moqscope-gateway", { timeout: 30_000 }, () => {
  test("tells its addresses in one line, serves, and ends on SIGTERM with 0", async () => {
    const { child, error } = start(free);
    const exited = once(child, "exit");
    while (!error().includes("moq.ready")) await once(child.stderr ?? child, "data");
    const lines = error()
      .split("\n")
      .filter((line) => line.includes('"moq.ready"'));
    expect(lines).toHaveLength(1);
    const ready = JSON.parse(lines[0] ?? "") as Record<string, string>;
    expect((await fetch(`${ready["console_url"]}/health`)).status).toBe(200);
    expect((await fetch(`${ready["ingest_url"]}/v1/time`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });

  test("a taken port is one line and exit code 1", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { child, error } = start([...free.slice(0, 4), "--console-listen", String(port)]);
    expect(await once(child, "close")).toEqual([1, null]);
    expect(error()).toBe(
      `moqscope-gateway: port ${port} of 127.0.0.1 (console) is taken: choose another one with --console-listen or MOQSCOPE_GATEWAY_CONSOLE_LISTEN\n`,
    );
    taken.close();
  });

  test("an unknown flag and an open ingest are one line and exit code 1; help goes to stdout", async () => {
    const unknown = start(["--ingest-lisen", "1"]);
    const open = start(["--ingest-listen", "0.0.0.0:0"]);
    const help = start(["--help"]);
    const codes = await Promise.all([unknown, open, help].map(async ({ child }) => (await once(child, "close"))[0] as number));
    expect(codes).toEqual([1, 1, 0]);
    expect(unknown.error()).toMatch(/^moqscope-gateway: .*--ingest-listen.*\n$/);
    expect(open.error()).toMatch(/^moqscope-gateway: .*--auth-key, --auth-key-dir or --auth-public.*\n$/);
    expect(help.out()).toContain("--console-listen");
    for (const [names] of exportHelp) expect(help.out()).toContain(names);
  });
});
