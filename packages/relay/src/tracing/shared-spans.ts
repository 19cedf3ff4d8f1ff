import type { SpanContext } from "@moqscope/telemetry";

/** Upstream fetches remembered after their end: whoever shared one may be answered a moment later. */
const rememberedFetches = 256;

interface Shared {
  readonly context: SpanContext;
  /** Monotonic milliseconds; absent while it goes on. */
  endedMs?: number;
}

/** What sessions know of each other: the spans upstream that several requests share, and whose announcement a path has. */
export class SharedSpans {
  readonly #subscriptions = new Map<string, SpanContext>();
  readonly #waiting = new Map<string, Set<(context: SpanContext) => void>>();
  readonly #fetches = new Map<string, Shared>();
  readonly #announcers = new Map<string, SpanContext>();
  /** The returned function ends it. */
  subscribed(path: string, track: string, context: SpanContext): () => void {
    const key = `${path}\0${track}`;
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const tell of waiting) tell(context);
    return hold(this.#subscriptions, key, context);
  }
  /** Tells the subscription upstream: the one there is, else the next one; what is returned ends the wait. A viewer is answered before its source is asked. */
  subscription(path: string, track: string, tell: (context: SpanContext) => void): () => void {
    const key = `${path}\0${track}`;
    const known = this.#subscriptions.get(key);
    if (known) {
      tell(known);
      return () => {};
    }
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    waiting.add(tell);
    return () => {
      waiting.delete(tell);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    };
  }
  /** The returned function, given the time, ends it. */
  fetched(key: string, context: SpanContext): (nowMs: number) => void {
    const shared: Shared = { context };
    this.#fetches.delete(key);
    this.#fetches.set(key, shared);
    const [oldest] = this.#fetches.keys();
    if (this.#fetches.size > rememberedFetches && oldest !== undefined) this.#fetches.delete(oldest);
    return (nowMs) => {
      shared.endedMs ??= nowMs;
    };
  }
  /** The fetch upstream that went on at or after a moment. */
  fetch(key: string, sinceMs: number): SpanContext | undefined {
    const shared = this.#fetches.get(key);
    return shared && (shared.endedMs === undefined || shared.endedMs >= sinceMs) ? shared.context : undefined;
  }
  /** Sessions announce a path; the newest one counts. The returned function ends it. */
  announced(path: string, context: SpanContext): () => void {
    return hold(this.#announcers, path, context);
  }
  announcer(path: string): SpanContext | undefined {
    return this.#announcers.get(path);
  }
}

function hold<V>(values: Map<string, V>, key: string, value: V): () => void {
  values.set(key, value);
  return () => {
    if (values.get(key) === value) values.delete(key);
  };
}
