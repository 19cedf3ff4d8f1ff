import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Ports of one `dev`, all free when it was asked for. */
export interface StackPorts {
  readonly relay: number;
  readonly relayAdmin: number;
  readonly ingest: number;
  readonly otlp: number;
  readonly console: number;
  readonly demo: number;
}

/** `pnpm dev` as a child process, its output, and its addresses. */
export class Stack implements AsyncDisposable {
  readonly ports: StackPorts;
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #output: string[];
  constructor(child: ChildProcess, ports: StackPorts, output: string[], readyMs: number) {
    this.#child = child;
    this.ports = ports;
    this.#output = output;
    this.readyMs = readyMs;
  }
  get output(): string {
    return this.#output.join("");
  }
  get pid(): number {
    return this.#child.pid ?? -1;
  }
  /** Sends SIGINT, as Ctrl-C does, and waits for the end. Returns the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGINT");
    const [code] = (await exit) as [number | null];
    return code;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts `dev` on free ports and waits until it says that it is ready. Throws with its whole output when it ends first. */
export async function startStack(args: readonly string[] = []): Promise<Stack> {
  const ports = await freePorts();
  const began = performance.now();
  const child = spawnDev([...portArgs(ports), ...args]);
  const output: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      output.push(chunk.toString());
      if (/ready in/i.test(output.join(""))) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`dev ended with ${code} before it was ready:\n${output.join("")}`)));
  });
  await ready;
  return new Stack(child, ports, output, performance.now() - began);
}

export function spawnDev(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ["--conditions=@moqscope/source", "scripts/dev.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export function portArgs(ports: StackPorts): string[] {
  return [
    `--relay-port=${ports.relay}`,
    `--relay-admin-port=${ports.relayAdmin}`,
    `--ingest-port=${ports.ingest}`,
    `--otlp-port=${ports.otlp}`,
    `--console-port=${ports.console}`,
    `--demo-port=${ports.demo}`,
  ];
}

/** Six different ports that nobody listens on. */
export async function freePorts(): Promise<StackPorts> {
  const servers = await Promise.all(Array.from({ length: 6 }, listen));
  const [relay, relayAdmin, ingest, otlp, consolePort, demo] = servers.map((s) => s.port) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  await Promise.all(servers.map((s) => s.close()));
  return { relay, relayAdmin, ingest, otlp, console: consolePort, demo };
}

async function listen(): Promise<{ port: number; close: () => Promise<unknown> }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, close: () => Promise.all([once(server, "close"), Promise.resolve(server.close())]) };
}
