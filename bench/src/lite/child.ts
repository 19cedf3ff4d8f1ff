import { type ChildProcess, fork, spawn } from "node:child_process";

import { fileURLToPath } from "node:url";

/** Longest wait for any answer of a child; of one that runs under a tool, which is slow, longer. */
const patienceMs = 30_000;
const slowPatienceMs = 600_000;

/** A process of ours that is asked and answers, one thing at a time. */
export class Child<Asked extends object, Told extends { readonly kind: string }> {
  readonly #process: ChildProcess;
  readonly #told: Told[] = [];
  #wake: (() => void) | undefined;
  readonly #patienceMs: number;
  /** `under` is a program, with its arguments, that runs Node. */
  constructor(file: string, args: readonly string[], under: readonly string[] = []) {
    const [tool, ...rest] = under;
    const url = new URL(file, import.meta.url);
    // Libraries talk on stdout, which is for the result.
    const stdio = ["ignore", "ignore", "inherit", "ipc"] as const;
    this.#patienceMs = tool === undefined ? patienceMs : slowPatienceMs;
    this.#process =
      tool === undefined
        ? fork(url, args, { stdio: [...stdio] })
        : spawn(tool, [...rest, process.execPath, ...process.execArgv, fileURLToPath(url), ...args], { stdio: [...stdio] });
    this.#process.on("message", (message) => {
      this.#told.push(message as Told);
      this.#wake?.();
    });
    this.#process.on("exit", () => this.#wake?.());
  }
  tell(message: Asked): void {
    this.#process.send(message);
  }
  /** The next answer. Throws if it is another one, the process has ended, or none comes in half a minute. */
  async answer<K extends Told["kind"]>(kind: K): Promise<Extract<Told, { kind: K }>> {
    if (this.#told.length === 0 && this.#process.exitCode === null)
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, this.#patienceMs);
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    const told = this.#told.shift();
    if (told?.kind !== kind)
      throw new Error(`"${kind}" was expected of a child process, ${told ? `not "${told.kind}"` : "but nothing came"}`);
    return told as Extract<Told, { kind: K }>;
  }
  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await ended;
  }
}
