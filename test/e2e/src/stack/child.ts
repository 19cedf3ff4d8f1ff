import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** How a program is started. */
export interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const keptBytes = 4_000_000;

/** A program that a test started, and what it said. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  #said = "";

  constructor({ name, command, args, env, cwd }: Start) {
    this.name = name;
    this.#process = spawn(command, args, { env: { ...process.env, ...env }, cwd, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#said = `${this.#said}${chunk.toString()}`.slice(-keptBytes);
      });
  }
  get said(): string {
    return this.#said;
  }
  /** How it ended, if it did. */
  get over(): string | undefined {
    const { exitCode, signalCode } = this.#process;
    return exitCode === null && signalCode === null
      ? undefined
      : `${this.name} ended with ${exitCode ?? signalCode}: ${this.#said.slice(-4000)}`;
  }
  /** Sends a signal, such as SIGSTOP, and does not wait for what comes of it. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
  /** Ends it, by force after 10 s, and waits for that. May be called twice. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.over !== undefined) return;
    const exit = once(this.#process, "exit");
    this.#process.kill(signal);
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await exit;
    clearTimeout(timer);
  }
  /** Waits until it has said so. Throws with its last words when it ends before, or after 60 s. */
  async says(what: string): Promise<void> {
    await until(
      () => Promise.resolve(this.#said.includes(what)),
      [this],
      60_000,
      () => `${this.name} did not say ${what}: ${this.#said.slice(-4000)}`,
    );
  }
}

/** Waits until an address answers well. Throws when a child ends, or after 60 s. */
export async function answers(url: string, children: readonly Child[]): Promise<void> {
  const ask = async (): Promise<boolean> => {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.ok === true;
  };
  await until(ask, children, 60_000, () => `${url} is not ready after 60 s`);
}

async function until(holds: () => Promise<boolean>, children: readonly Child[], withinMs: number, otherwise: () => string): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    if (await holds()) return;
    const dead = children.find(({ over }) => over !== undefined);
    if (dead) throw new Error(dead.over);
    if (performance.now() > end) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
