import { accessSync, constants, createWriteStream, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { quicAvailable } from "../../packages/quic/src/index.ts";
import { root } from "../support/root.ts";
import { Child } from "./child.ts";

/** What the building of the addon writes, kept until the next one. */
const defaultLog: string = join(root, "node_modules/.cache/moqscope/quic-build.log");

export interface QuicBuildOptions {
  readonly say: (line: string) => void;
  /** Has the relay look for the addon again; resolves with the reason why it still serves no WebTransport, or nothing. */
  readonly serve: () => Promise<string | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: `pnpm quic:build`'s. */
  readonly script?: string;
  /** Path of the log; default below node_modules. */
  readonly log?: string;
  /** Default: what this machine has. */
  readonly available?: typeof quicAvailable;
}

/** Has the QUIC addon built beside a running `dev`, where it is missing and can be: with one job, behind everything else, waited for by nobody. */
export class QuicBuild {
  readonly #options: QuicBuildOptions;
  #child: Child | undefined;
  #stopped = false;
  constructor(options: QuicBuildOptions) {
    this.#options = options;
  }
  get #log(): string {
    return this.#options.log ?? defaultLog;
  }
  /** Says in one line what it does, and in another how it ended. Never rejects. */
  async run(): Promise<void> {
    const { say, env, available = quicAvailable } = this.#options;
    if (available().available || this.#stopped) return;
    const path = pathWithCargo(env);
    if (path === undefined) {
      say("no WebTransport: its addon is not built, and there is no cargo to build it with (https://rustup.rs); browsers use WebSocket");
      return;
    }
    const log = relative(process.cwd(), this.#log);
    say(`building QUIC for WebTransport in the background, one job at low priority; until then browsers use WebSocket (log: ${log})`);
    const startMs = performance.now();
    const failure = await this.#build(path);
    if (this.#stopped) return;
    const tookS = Math.round((performance.now() - startMs) / 1000);
    const reason = failure ?? (await this.#options.serve().catch((error: Error) => error.message));
    if (reason === undefined) say(`QUIC is built after ${tookS} s: the relay serves WebTransport too`);
    else
      say(`no WebTransport: ${failure === undefined ? "the addon is built, but " : "building QUIC failed: "}${reason}; the log is ${log}`);
  }
  /** Ends what is being built; may be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#child?.stop();
  }
  /** Resolves with why it failed. */
  async #build(path: string): Promise<string | undefined> {
    mkdirSync(join(this.#log, ".."), { recursive: true });
    const log = createWriteStream(this.#log);
    const { script = join(root, "scripts/quic-build.ts") } = this.#options;
    let reason: string | undefined;
    const program = {
      name: "quic",
      entry: join(root, "scripts/dev/low-priority.ts"),
      args: [script],
      env: { PATH: path, CARGO_BUILD_JOBS: "1", CARGO_TERM_COLOR: "never" },
    };
    const child = new Child(program, (line) => {
      log.write(`${line}\n`);
      if (/^error\b/.test(line)) reason ??= line;
    });
    this.#child = child;
    const how = await child.exited;
    await new Promise<void>((resolve) => log.end(resolve));
    return child.exitCode === 0 ? undefined : (reason ?? child.lastLines.at(-1) ?? how);
  }
}

/** PATH with a cargo on it, rustup's own place included; `undefined` where there is none. */
function pathWithCargo(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = env["HOME"] ?? homedir();
  const folders = [...(env["PATH"] ?? "").split(delimiter), join(env["CARGO_HOME"] ?? join(home, ".cargo"), "bin")];
  const name = process.platform === "win32" ? "cargo.exe" : "cargo";
  return folders.some((folder) => folder !== "" && isProgram(join(folder, name))) ? folders.join(delimiter) : undefined;
}
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // What cannot be run is no program for us.
    return false;
  }
}

/** Asks the relay with that admin listener to look for a QUIC stack again; resolves with why there is none, or nothing. */
export async function addWebTransport(admin: string): Promise<string | undefined> {
  const answer = await fetch(`${admin}/webtransport`, { method: "POST" });
  const state = (await answer.json()) as { readonly kind: string; readonly reason?: string };
  return state.kind === "listening" ? undefined : (state.reason ?? `the relay says that it is ${state.kind}`);
}
