import { createHash } from "node:crypto";
import type { ResourceMetrics } from "../otlp/model.ts";
import type { Sending, SendingSource } from "./lane.ts";
import type { Outcome } from "./post.ts";

/** Requests of trusted sources that may wait: one for each source and set of metrics, so many sources. */
const requestsLimit = 4_096;
const bytesLimit = 32 * 1024 * 1024;

interface Waiting {
  readonly key: string;
  readonly body: Uint8Array;
}

/**
 * Metrics of trusted sources on their way out, as they came. A cumulative request that waits is replaced by the next one of the same
 * source with the same metrics: only the newest snapshot leaves. Deltas cannot be replaced; they wait in line, the oldest is dropped.
 */
export class ForwardedMetrics implements SendingSource {
  readonly #dropped: (requests: number) => void;
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  #deltas = 0;

  constructor(dropped: (requests: number) => void) {
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  put(body: Uint8Array, request: readonly ResourceMetrics[]): void {
    const key = keyOf(request) ?? `delta ${this.#deltas++}`;
    this.#take(key);
    this.#set({ key, body });
    let dropped = 0;
    for (const oldest of this.#waiting.keys()) {
      if ((this.#waiting.size <= requestsLimit && this.#bytes <= bytesLimit) || oldest === key) break;
      this.#take(oldest);
      dropped++;
    }
    if (dropped > 0) this.#dropped(dropped);
  }

  next(): Sending | undefined {
    const [first] = this.#waiting.values();
    if (first === undefined) return undefined;
    this.#take(first.key);
    return { body: first.body, done: (outcome) => this.#done(first, outcome) };
  }

  #done(sent: Waiting, outcome: Outcome): void {
    // a newer snapshot came meanwhile: this one is of no use any more
    if (outcome.kind === "retry" && !this.#waiting.has(sent.key)) this.#set(sent);
  }

  #set(waiting: Waiting): void {
    this.#waiting.set(waiting.key, waiting);
    this.#bytes += waiting.body.byteLength;
  }

  #take(key: string): void {
    const known = this.#waiting.get(key);
    if (known === undefined) return;
    this.#waiting.delete(key);
    this.#bytes -= known.body.byteLength;
  }
}

/** What a request is a snapshot of: its resources with the names of their metrics. `undefined` where it holds deltas. */
function keyOf(request: readonly ResourceMetrics[]): string | undefined {
  const hash = createHash("sha256");
  for (const { resource, metrics } of request) {
    hash.update(JSON.stringify([...resource].toSorted(([a], [b]) => (a < b ? -1 : 1))));
    for (const metric of metrics) {
      if ("temporality" in metric && metric.temporality === "delta") return undefined;
      hash.update(`\u0000${metric.name}`);
    }
    hash.update("\u0001");
  }
  return hash.digest("base64");
}
