import type { Summary } from "@moqscope/telemetry/query";
import { readSummary } from "./answers.ts";
import type { Clock } from "./clock.ts";

/** How the console stands with the gateway. Times are of the stream's clock, milliseconds. */
export type LinkState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "lost"; readonly sinceMs: number; readonly retryAtMs: number; readonly reason: string };

/** The part of `EventSource` in use. */
export interface EventStream {
  onmessage: ((event: { readonly data: string }) => void) | null;
  onerror: (() => void) | null;
  close(): void;
}

export interface SummaryStreamOptions {
  readonly open: () => EventStream;
  readonly clock: Clock;
  readonly onSummary: (summary: Summary) => void;
  readonly onState: (state: LinkState) => void;
}

/** The gateway sends one summary a second: four missed ones are a lost connection, though no error was reported. */
const silenceMs = 4_000;
const firstRetryMs = 500;
const longestRetryMs = 5_000;

/**
 * Keeps `/api/stream` open for ever. It reconnects by itself, because `EventSource` gives up on an HTTP error and does not
 * notice a peer that went silent.
 */
export class SummaryStream {
  readonly #options: SummaryStreamOptions;
  #stream: EventStream | undefined;
  #cancelTimer: () => void = () => {};
  #retryMs = firstRetryMs;
  #lostSinceMs: number | undefined;
  #closed = false;

  constructor(options: SummaryStreamOptions) {
    this.#options = options;
    options.onState({ kind: "connecting" });
    this.#connect();
  }

  /** Tries at once, if it waits for its next attempt. */
  retry(): void {
    if (this.#closed || this.#lostSinceMs === undefined) return;
    this.#connect();
  }

  /** Ends the stream. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #connect(): void {
    this.#drop();
    const stream = this.#options.open();
    this.#stream = stream;
    stream.onmessage = (event) => this.#hear(event.data);
    stream.onerror = () => this.#lose("the gateway does not answer");
    this.#watch();
  }

  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(silenceMs, () => this.#lose("the gateway went silent"));
  }

  #hear(data: string): void {
    let summary: Summary;
    try {
      summary = readSummary(JSON.parse(data));
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : "the gateway's answer is no JSON");
      return;
    }
    this.#retryMs = firstRetryMs;
    this.#lostSinceMs = undefined;
    this.#watch();
    this.#options.onState({ kind: "live" });
    this.#options.onSummary(summary);
  }

  #lose(reason: string): void {
    if (this.#closed) return;
    this.#drop();
    const now = this.#options.clock.now();
    this.#lostSinceMs ??= now;
    this.#options.onState({ kind: "lost", sinceMs: this.#lostSinceMs, retryAtMs: now + this.#retryMs, reason });
    this.#cancelTimer = this.#options.clock.after(this.#retryMs, () => this.#connect());
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  #drop(): void {
    this.#cancelTimer();
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) return;
    stream.onmessage = null;
    stream.onerror = null;
    stream.close();
  }
}
