import { type ChildProcess, fork } from "node:child_process";

/** Longest wait for any answer of a child. */
const patienceMs = 30_000;

/** A process of ours that is asked and answers, one thing at a time. */
export class Child<Asked extends object, Told extends { readonly kind: string }> {
  readonly #process: ChildProcess;
  readonly #told: Told[] = [];
  #wake: (() => void) | undefined;
  constructor(file: string, args: readonly string[]) {
    // Libraries talk on stdout, which is for the result.
    this.#process = fork(new URL(file, import.meta.url), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
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
        const late = setTimeout(resolve, patienceMs);
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
