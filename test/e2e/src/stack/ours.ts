import { join } from "node:path";
import { root } from "../../../../scripts/support/root.ts";
import { Child } from "./child.ts";

/** How one of our programs is started. */
export interface OursOptions {
  readonly name: string;
  readonly program: "relay" | "gateway" | "cli";
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it says when it is ready; default the event of relay and gateway. */
  readonly ready?: string;
}

/** A relay, gateway or publisher as a process of its own, from sources, that may be ended and begin again at the same address. */
export class Ours implements AsyncDisposable {
  readonly #options: OursOptions;
  #child: Child | undefined;
  readonly #before: string[] = [];

  constructor(options: OursOptions) {
    this.#options = options;
  }
  /** Starts it and waits until it is ready. Throws with its last words otherwise. */
  async begin(): Promise<this> {
    const { name, program, args, env, ready = '"moq.ready"' } = this.#options;
    if (this.#child) this.#before.push(this.#child.said);
    this.#child = new Child({
      name,
      command: process.execPath,
      args: ["--conditions=@moqscope/source", join(root, "packages", program, "src/main.ts"), ...args],
      ...(env === undefined ? {} : { env }),
    });
    await this.#child.says(ready);
    return this;
  }
  /** Everything that it said since it first began. */
  get said(): string {
    return [...this.#before, this.#child?.said ?? ""].join("");
  }
  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }
  async end(signal?: NodeJS.Signals): Promise<void> {
    await this.#child?.end(signal);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    // One that is stopped hears nothing else.
    this.signal("SIGCONT");
    await this.end();
  }
}
