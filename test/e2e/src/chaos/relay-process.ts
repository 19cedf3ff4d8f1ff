import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { collectGarbage } from "./inspector.ts";

const main = fileURLToPath(new URL("../../../../packages/relay/src/main.ts", import.meta.url));
const host = "127.0.0.1";
const startMs = 60_000;

export interface RelayProcessOptions {
  readonly name: string;
  /** Beyond ports, name and peers. */
  readonly args: readonly string[];
  /** Where its log lines go. */
  readonly log: string;
  /** Whether it can be asked for its memory. Node tells of its inspector on stderr, and waits until it is told. */
  readonly inspected: boolean;
}
interface Ports {
  readonly listen: number;
  readonly admin: number;
  readonly inspect: number;
}

/** A real `moqscope-relay` that keeps its ports over any number of deaths. */
export class RelayProcess {
  readonly name: string;
  /** Deaths that nobody asked for. */
  readonly diedOfItself: string[] = [];
  readonly #options: RelayProcessOptions;
  readonly #ports: Ports;
  #peers: readonly string[] = [];
  #child: ChildProcess | undefined;
  private constructor(options: RelayProcessOptions, ports: Ports) {
    this.name = options.name;
    this.#options = options;
    this.#ports = ports;
  }
  static async create(options: RelayProcessOptions): Promise<RelayProcess> {
    return new RelayProcess(options, { listen: await freePort(), admin: await freePort(), inspect: await freePort() });
  }
  get port(): number {
    return this.#ports.listen;
  }
  /** For WebSocket, without a path. */
  get url(): string {
    return `ws://${host}:${this.#ports.listen}`;
  }
  /** Links it with others from its next start on; `query` is what lets it in there. */
  meetPeers(others: readonly RelayProcess[], query: string): void {
    this.#peers = ["--cluster-node", `${this.url}/`, ...others.flatMap(({ url }) => ["--cluster-connect", `${url}/${query}`])];
  }
  get isUp(): boolean {
    return this.#child !== undefined;
  }
  /** Starts it and resolves when it takes sessions. */
  async start(): Promise<void> {
    const { listen, admin, inspect } = this.#ports;
    const listens = ["--listen", `${host}:${listen}`, "--admin-listen", `${host}:${admin}`, "--node", this.name];
    const inspector = this.#options.inspected ? [`--inspect=${host}:${inspect}`] : [];
    const log = openSync(this.#options.log, "a");
    const child = spawn(
      process.execPath,
      ["--conditions=@moqscope/source", ...inspector, main, ...listens, ...this.#peers, ...this.#options.args],
      {
        stdio: ["ignore", "ignore", log],
      },
    );
    closeSync(log);
    this.#child = child;
    child.once("exit", (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.diedOfItself.push(`${this.name} ended with ${signal ?? code}`);
    });
    const late = performance.now() + startMs;
    while (this.#child === child && performance.now() < late) {
      if (await this.#ready()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${this.name} does not become ready; its log is ${this.#options.log}`);
  }
  /** Cuts it off, without a word to anybody. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  /** Every series of `/metrics`: its name with labels, and its value. */
  async metrics(): Promise<Map<string, number>> {
    const answer = await fetch(`http://${host}:${this.#ports.admin}/metrics`, { signal: AbortSignal.timeout(10_000) });
    const lines = (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => {
        const [series = "", value = ""] =
          line
            .split(" # ")[0]
            ?.match(/^(.*) (\S+)$/)
            ?.slice(1) ?? [];
        return [series, Number(value)];
      }),
    );
  }
  /** Bytes after garbage collection. */
  memory(): Promise<{ readonly rss: number; readonly heap: number }> {
    return collectGarbage(`http://${host}:${this.#ports.inspect}`);
  }
  async #ready(): Promise<boolean> {
    try {
      return (await fetch(`http://${host}:${this.#ports.admin}/ready`, { signal: AbortSignal.timeout(1000) })).ok;
    } catch {
      // Not listening yet.
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
