import type { Signal } from "../otlp/answer.ts";
import { Backoff } from "./backoff.ts";
import type { Outcome, Post } from "./post.ts";

/** One request on its way out. */
export interface Sending {
  readonly body: Uint8Array;
  /** Told what came of it, before the next one is asked for. */
  done(outcome: Outcome): void;
}
/** Where a lane gets its requests from. */
export interface SendingSource {
  /** What is to be sent next; `undefined` while there is nothing. */
  next(nowMs: number): Sending | undefined;
}
/** What exporting counts and tells. */
export interface ExportMeter {
  exported(signal: Signal, result: "ok" | "retry" | "failed" | "dropped", count?: number): void;
  exportTime(signal: Signal, seconds: number): void;
  /** A receiver that cannot be reached, that refuses, or that takes only a part. */
  exportProblem(signal: Signal, message: string): void;
}
export interface LaneParts {
  readonly signal: Signal;
  readonly sources: readonly SendingSource[];
  readonly post: Post;
  readonly meter: ExportMeter;
  now(): number;
  random(): number;
}

/** Sends one signal, one request at a time, and waits longer and longer while its receiver is away. */
export class Lane {
  readonly #parts: LaneParts;
  readonly #backoff: Backoff;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #sending: Promise<void> | undefined;
  /** Epoch milliseconds of the newest request that arrived. */
  lastOkMs: number | undefined;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(() => parts.random());
  }

  /** Whether a request is under way. */
  get isSending(): boolean {
    return this.#sending !== undefined;
  }

  /** Sends what there is, unless it does so already or must wait. */
  tick(nowMs: number): void {
    if (this.#sending !== undefined || nowMs < this.#notBeforeMs) return;
    this.#sending = this.#run().finally(() => (this.#sending = undefined));
  }

  /** Settles when nothing is under way. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  /** Sends what there is now, whatever it should wait for; for the last time. */
  async finish(): Promise<void> {
    await this.#sending;
    await this.#run();
  }

  async #run(): Promise<void> {
    while (await this.#one());
  }

  async #one(): Promise<boolean> {
    const { sources, post, signal, meter } = this.#parts;
    const atMs = this.#parts.now();
    let sending: Sending | undefined;
    for (const source of sources) if (sending === undefined) sending = source.next(atMs);
    if (sending === undefined) return false;
    const startMs = performance.now();
    const outcome = await post(signal, sending.body);
    meter.exportTime(signal, (performance.now() - startMs) / 1000);
    meter.exported(signal, outcome.kind);
    if (outcome.message !== "") meter.exportProblem(signal, outcome.message);
    sending.done(outcome);
    const nowMs = this.#parts.now();
    if (outcome.kind === "retry") {
      this.#notBeforeMs = nowMs + this.#backoff.failed(outcome.afterMs);
      return false;
    }
    this.#backoff.reset();
    if (outcome.kind === "ok") this.lastOkMs = nowMs;
    return true;
  }
}
