import { type Clock, systemClock } from "../clock.ts";

/** For how long WebTransport is left out after it failed, milliseconds; doubled each time it fails again. */
const firstMs = 60_000;
const longestMs = 15 * 60_000;
/** URLs remembered; above it the one that was told longest ago is forgotten. */
const most = 64;

interface Failure {
  readonly untilMs: number;
  readonly times: number;
}

/**
 * Remembers for which URLs (origin and path) WebTransport did not come up, was slower, or was lost in mid-session, so that the next
 * connect dials WebSocket at once. For one minute, doubled with each failure in a row up to 15: networks change, and a single
 * failure must not cost QUIC for the life of a page. A WebTransport session that comes up clears it.
 */
export class TransportMemory {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failure>();
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }
  failed(url: string | URL): void {
    const key = keyOf(url);
    const times = (this.#failures.get(key)?.times ?? 0) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { untilMs: this.#clock.now() + Math.min(longestMs, firstMs * 2 ** (times - 1)), times });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > most && oldest !== undefined) this.#failures.delete(oldest);
  }
  worked(url: string | URL): void {
    this.#failures.delete(keyOf(url));
  }
  /** Whether WebTransport is better left out now. */
  avoids(url: string | URL): boolean {
    const failure = this.#failures.get(keyOf(url));
    return failure !== undefined && this.#clock.now() < failure.untilMs;
  }
}

/** What all connects of this page or process share unless told otherwise. */
export const sharedMemory: TransportMemory = new TransportMemory();

/** Tokens are in the query: it is neither kept nor told apart. */
function keyOf(url: string | URL): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : String(url);
}
