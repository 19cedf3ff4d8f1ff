import { setTimeout as delay } from "node:timers/promises";
import { Child, type Program } from "./child.ts";
import { type LogLine, readLogLine } from "./log-line.ts";

/** A process of ours is up in about a second; this is for a machine that is busy installing. */
const startLimitMs = 60_000;

/** What `dev` hears of its processes. */
export interface Listener {
  line(name: string, raw: string, line: LogLine): void;
  /** A process has ended that was running. */
  ended(name: string, how: string): void;
}

/** The processes of one `dev`: started one by one, ended together. */
export class DevSession {
  readonly #children: Child[] = [];
  readonly #listener: Listener;
  #stopping: Promise<void> | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** How many of the processes are still running. */
  running = 0;

  /** True from the moment when `stop` is called. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Starts a program and waits until it logs `moq.ready`, or answers at `probe`. Throws an Error with its last words when it fails. */
  async start(program: Program, probe?: string): Promise<void> {
    if (this.stopping) throw new Error("stopping");
    const found = Promise.withResolvers<void>();
    const child = new Child(program, (raw) => {
      const line = readLogLine(raw);
      if (line.kind === "record" && line.event === "moq.ready") found.resolve();
      this.#listener.line(program.name, raw, line);
    });
    this.#children.push(child);
    this.running += 1;
    let started = false;
    void child.exited.then((how) => {
      this.running -= 1;
      if (started && !this.stopping) this.#listener.ended(program.name, how);
    });
    const cut = new AbortController();
    const failed = child.exited.then((how) => {
      throw new Error([`${program.name} ${how} before it was ready`, ...child.lastLines.map((line) => `  ${line}`)].join("\n"));
    });
    const late = delay(startLimitMs, undefined, { signal: cut.signal }).then(() => {
      throw new Error(`${program.name} was not ready within ${startLimitMs / 1000} s`);
    });
    try {
      await Promise.race([probe === undefined ? found.promise : answers(probe, cut.signal), failed, late]);
      started = true;
    } finally {
      cut.abort();
      // Whichever of these lost the race has nothing more to say.
      for (const loser of [failed, late]) loser.catch(() => undefined);
    }
  }

  /** Ends every process and waits until each is gone, the last started first, so that its last report still arrives; may be called twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
  }
}

/** Resolves when something answers there with success. */
async function answers(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal });
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // It does not listen yet; the limit of the start ends this.
    }
    await delay(50, undefined, { signal }).catch(() => undefined);
  }
}
