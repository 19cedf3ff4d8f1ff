import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Protocol } from "./flow.ts";
import type { FlowCounters, ImpairmentCounters, ImpairmentOptions, ImpairmentSettings, Where } from "./impairment.ts";
import type { LinkSettings } from "./settings.ts";
import type { Endpoint } from "./udp.ts";

/** Everything that an impairment tells at once. */
export interface ImpairmentState {
  readonly ports: Readonly<Partial<Record<Protocol, number>>>;
  readonly settings: ImpairmentSettings;
  readonly counters: ImpairmentCounters;
  readonly flows: readonly FlowCounters[];
}
/** What `pnpm impair --json` says first. */
interface Ready {
  readonly ports: ImpairmentState["ports"];
  readonly control: string;
}

/** An impairment in a process of its own, with precise deadlines: for what measures times. Ended by `close`, or with this process. */
export class SpawnedImpairment implements AsyncDisposable {
  readonly ports: ImpairmentState["ports"];
  /** Its HTTP endpoint, for what is not said here. */
  readonly control: string;
  readonly #child: ChildProcess;
  private constructor(child: ChildProcess, { ports, control }: Ready) {
    this.#child = child;
    this.ports = ports;
    this.control = control;
  }
  /** Throws with what it wrote if it cannot start. */
  static async start({ to, udp, tcp, seed = 1, settings }: Omit<ImpairmentOptions, "precise">): Promise<SpawnedImpairment> {
    const place = (flag: string, at: Endpoint | undefined): string[] => (at ? [flag, `${at.host}:${at.port}`] : []);
    const args = [
      ...place("--udp", udp),
      ...place("--tcp", tcp),
      ...place("--to", to),
      "--seed",
      String(seed),
      "--json",
      "--interval",
      "1h",
    ];
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const child = spawn(process.execPath, ["--conditions=@moqscope/source", main, ...args], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const spawned = new SpawnedImpairment(child, await ready(child));
    if (settings) await spawned.set(settings);
    return spawned;
  }
  get port(): number {
    return this.ports.udp ?? this.ports.tcp ?? 0;
  }
  async state(): Promise<ImpairmentState> {
    return (await this.#ask("GET", "")) as ImpairmentState;
  }
  async counters(): Promise<ImpairmentCounters> {
    return (await this.#ask("GET", "counters")) as ImpairmentCounters;
  }
  /** Throws with what is wrong about the change. */
  async set(change: Partial<LinkSettings>, { protocol, direction }: Where = {}): Promise<void> {
    await this.#ask("POST", "settings", { ...change, ...(protocol && { protocol }), ...(direction && { direction }) });
  }
  async reset(): Promise<void> {
    await this.#ask("POST", "reset", {});
  }
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.control + path, { method, ...(body && { headers, body: JSON.stringify(body) }) });
    const told: unknown = await answer.json();
    if (!answer.ok) throw new RangeError((told as { error: string }).error);
    return told;
  }
}

function ready(child: ChildProcess): Promise<Ready> {
  const errors: string[] = [];
  child.stderr?.on("data", (data) => errors.push(String(data)));
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the impairment ended with ${code}: ${errors.join("")}`)));
    if (!child.stdout) return reject(new Error("the impairment has no output"));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = JSON.parse(line) as { readonly event: string };
      if (said.event === "impair.ready") resolve(said as unknown as Ready);
    });
  });
}
