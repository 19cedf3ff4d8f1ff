import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { root } from "../support/root.ts";

/** One process to start: a Node program of the repository. */
export interface Program {
  readonly name: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A started process in a group of its own, so that Ctrl-C reaches `dev` only and `dev` ends the children in order. */
export class Child {
  readonly name: string;
  /** Settles when the process has ended, with one phrase that says how. */
  readonly exited: Promise<string>;
  readonly #process: ChildProcess;
  readonly #lastLines: string[] = [];
  /** Once it has ended by itself. */
  exitCode: number | undefined;
  #ended = false;

  /** Starts the program; `onLine` hears each line of its stdout and stderr. */
  constructor(program: Program, onLine: (line: string) => void) {
    this.name = program.name;
    const tether = pathToFileURL(`${root}/scripts/dev/tether.ts`).href;
    this.#process = spawn(process.execPath, ["--conditions=@moqscope/source", "--import", tether, program.entry, ...program.args], {
      cwd: program.cwd ?? root,
      env: { ...process.env, ...program.env },
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#lastLines.push(line);
        if (this.#lastLines.length > 20) this.#lastLines.shift();
        onLine(line);
      });
    }
    this.exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.#ended = true;
        resolve(how);
      };
      this.#process.once("error", (error) => ended(`could not be started: ${error.message}`));
      // "close" and not "exit": the last lines, which say why, have been read by then.
      this.#process.once("close", (code, signal) => {
        this.exitCode = code ?? undefined;
        ended(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
      });
    });
  }

  /** The last lines it wrote, oldest first: what is shown when it fails at start. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** Asks the whole group to end and makes it end after 3 s; may be called twice. */
  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#signal("SIGTERM");
      await Promise.race([this.exited, delay(3_000, undefined, { ref: false })]);
    }
    // Also after a clean end: what the process started itself may still be there.
    this.#signal("SIGKILL");
    await this.exited;
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#process.pid;
    if (pid === undefined) return;
    try {
      if (process.platform === "win32") this.#process.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // The group has ended already, which is what was asked for.
    }
  }
}
