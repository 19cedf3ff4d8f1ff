import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Recorder } from "@moqscope/telemetry";
import type { Place, ToWorker, WorkerReady } from "./messages.ts";

export interface WorkersOptions {
  readonly count: number;
  /** Name of all of them; each adds its number. */
  readonly node: string;
  readonly recorder: Recorder;
  readonly certificate: () => Place["certificate"];
}

/** Between a worker's end and the next one in its place, milliseconds; doubled up to the second while it does not last. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** One that served for so long begins anew at the first pause. */
const lastingMs = 10_000;

interface Slot {
  readonly index: number;
  worker: Worker;
  ready: WorkerReady | undefined;
  sinceMs: number;
  pauseMs: number;
}

/** The processes that share the public port: started again when one ends, each told of the others. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #secret = randomBytes(32).toString("base64url");
  readonly #slots: Slot[] = [];
  #isEnding = false;
  constructor(options: WorkersOptions) {
    this.#options = options;
  }
  /** Those that serve, in order. */
  get serving(): readonly (WorkerReady & { readonly index: number })[] {
    return this.#slots.flatMap(({ ready, index }) => (ready ? [{ ...ready, index }] : []));
  }
  get isReady(): boolean {
    return !this.#isEnding && this.serving.length === this.#options.count;
  }
  /** Starts all of them, the first one alone: it takes what the others share. Rejects where one ends before it serves. */
  async start(): Promise<void> {
    await this.#start(0);
    await Promise.all(Array.from({ length: this.#options.count - 1 }, (_, at) => this.#start(at + 1)));
  }
  tell(message: ToWorker): void {
    for (const { worker } of this.#slots) if (worker.isConnected()) worker.send(message);
  }
  /** Has each read its configuration again. */
  reload(): void {
    for (const { worker } of this.#slots) worker.process.kill("SIGHUP");
  }
  /** Ends them as the signal says, and waits for the last one. */
  async end(signal: "SIGINT" | "SIGTERM"): Promise<void> {
    this.#isEnding = true;
    const exits = this.#slots.filter(({ worker }) => !worker.isDead()).map(({ worker }) => once(worker, "exit"));
    this.tell({ kind: "end", signal });
    await Promise.all(exits);
  }
  kill(): void {
    this.#isEnding = true;
    for (const { worker } of this.#slots) worker.process.kill("SIGKILL");
  }
  async #start(index: number): Promise<void> {
    const slot: Slot = { index, worker: cluster.fork(), ready: undefined, sinceMs: 0, pauseMs: firstPauseMs };
    this.#slots[index] = slot;
    await this.#serve(slot);
  }
  /** Gives a worker its place; resolves when it serves. From then on it is replaced when it ends. */
  async #serve(slot: Slot): Promise<void> {
    const { worker, index } = slot;
    const { node, certificate } = this.#options;
    const hasWebTransport = this.#slots[0]?.ready?.hasWebTransport ?? false;
    const place = { index, node: `${node}/${index}`, secret: this.#secret, certificate: certificate(), hasWebTransport };
    const exit = once(worker, "exit").then(() => undefined);
    const heard = once(worker, "message").then(([message]: unknown[]) => message as WorkerReady);
    worker.send({ kind: "start", place } satisfies ToWorker);
    const ready = await Promise.race([heard, exit]);
    if (!ready) throw new Error(`worker ${index} ended before it served`);
    slot.ready = ready;
    slot.sinceMs = performance.now();
    this.#link();
    void exit.then(() => this.#replace(slot)); // Never rejects.
  }
  async #replace(slot: Slot): Promise<void> {
    for (let isServing = false; !isServing && !this.#isEnding; ) {
      const { exitCode, signalCode } = slot.worker.process;
      const lasted = slot.ready !== undefined && performance.now() - slot.sinceMs > lastingMs;
      slot.ready = undefined;
      slot.pauseMs = lasted ? firstPauseMs : Math.min(longestPauseMs, slot.pauseMs * 2);
      this.#options.recorder.event("error", "moq.worker", {
        message: `Worker ${slot.index} ended (${signalCode ?? `code ${exitCode}`}); another one takes its place in ${slot.pauseMs} ms`,
        state: "ended",
        node: `${this.#options.node}/${slot.index}`,
      });
      this.#link();
      await new Promise((resolve) => setTimeout(resolve, slot.pauseMs));
      if (this.#isEnding) return;
      slot.worker = cluster.fork();
      isServing = await this.#serve(slot).then(
        () => true,
        () => false,
      );
    }
  }
  /** Each dials those behind it, so that there is one link between two. */
  #link(): void {
    for (const { worker, index } of this.#slots) {
      const urls = this.serving.filter((other) => other.index > index).map(({ insideUrl }) => `${insideUrl}/?jwt=${this.#secret}`);
      if (worker.isConnected()) worker.send({ kind: "peers", urls } satisfies ToWorker);
    }
  }
}
