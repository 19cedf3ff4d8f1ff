import { type Clock, systemClock } from "@moqscope/lite";

/** What this machine's monotonic clock is beside the time service's. */
export interface ClockEstimate {
  /** Epoch milliseconds of the time service minus monotonic milliseconds here. */
  readonly offsetMs: number;
  /** Half-width of the interval that holds the true offset, the time service's own error included. */
  readonly uncertaintyMs: number;
  /** Monotonic time of the exchange. */
  readonly atMs: number;
}
/** A time by the time service, and by how much it may be wrong. */
export interface CommonTime {
  readonly epochMs: number;
  readonly uncertaintyMs: number;
}
export interface CommonClockOptions {
  /** The gateway's public ingest, such as `http://localhost:4319`; `/v1/time` below it is asked. */
  readonly url: string;
  readonly clock?: Clock;
  /** Told each estimate, taken or not. */
  readonly onEstimate?: (estimate: ClockEstimate) => void;
  /** How the time service is asked instead. @throws if there is no answer. */
  readonly ask?: (url: string) => Promise<unknown>;
}

/** Exchanges of one estimate: the one with the shortest round trip says most. */
const exchanges = 5;
const everyMs = 60_000;
/** After a failure, doubled up to `everyMs`. */
const retryMs = 2_000;
const timeoutMs = 5_000;
/** Two clocks that show whole milliseconds may see an answer come before it was sent by so much. */
const clockStepMs = 1;
/** How far two clocks drift apart, as a part of the time gone by: what cheap oscillators stay within. */
const driftRate = 100e-6;

/**
 * The clock that publishers and players have in common: the gateway's, as NTP would find it (RFC 5905 §8). It follows this machine's
 * monotonic clock, so that a wall clock that is wrong, or is set, does not matter. A time service that is not there is asked again.
 */
export class CommonClock {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #onEstimate: (estimate: ClockEstimate) => void;
  readonly #ask: (url: string) => Promise<unknown>;
  #estimate: ClockEstimate | undefined;
  #cancel: () => void = () => {};
  #retryMs = retryMs;
  #closed = false;

  constructor({ url, clock = systemClock, onEstimate = () => {}, ask = askByHttp }: CommonClockOptions) {
    this.#url = `${url.replace(/\/+$/, "")}/v1/time`;
    this.#clock = clock;
    this.#onEstimate = onEstimate;
    this.#ask = ask;
    void this.#keep();
  }
  /** That monotonic moment by the common clock; `undefined` until the time service has answered. */
  at(monotonicMs: number): CommonTime | undefined {
    const estimate = this.#estimate;
    return estimate && { epochMs: monotonicMs + estimate.offsetMs, uncertaintyMs: uncertaintyAt(estimate, monotonicMs) };
  }
  /** The same of the zero of a timeline that runs with the monotonic clock, good for what is on it until the next estimate. */
  zero(monotonicMs: number): CommonTime | undefined {
    const estimate = this.#estimate;
    if (!estimate) return undefined;
    const untilNextMs = uncertaintyAt(estimate, this.#clock.now() + everyMs);
    return { epochMs: monotonicMs + estimate.offsetMs, uncertaintyMs: untilNextMs };
  }
  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  async #keep(): Promise<void> {
    const found = await this.#find();
    if (this.#closed) return;
    if (found) this.#take(found);
    const nextMs = found ? everyMs : this.#retryMs;
    this.#retryMs = found ? retryMs : Math.min(everyMs, this.#retryMs * 2);
    this.#cancel = this.#clock.after(nextMs, () => void this.#keep(), { background: true });
  }
  async #find(): Promise<ClockEstimate | undefined> {
    let best: ClockEstimate | undefined;
    for (let exchange = 0; exchange < exchanges && !this.#closed; exchange++) {
      const estimate = await this.#exchange();
      if (estimate && (!best || estimate.uncertaintyMs < best.uncertaintyMs)) best = estimate;
    }
    return best;
  }
  async #exchange(): Promise<ClockEstimate | undefined> {
    const sentMs = this.#clock.now();
    try {
      return estimateOf(await this.#ask(this.#url), sentMs, this.#clock.now());
    } catch {
      // Nobody answers: latency stays unknown, and is asked for again.
      return undefined;
    }
  }
  /** An older estimate that is still the surer one stays, unless the two cannot both be true: a clock has jumped. */
  #take(found: ClockEstimate): void {
    const before = this.#estimate;
    const keptMs = before ? uncertaintyAt(before, found.atMs) : Number.POSITIVE_INFINITY;
    const agree = before !== undefined && Math.abs(before.offsetMs - found.offsetMs) <= keptMs + found.uncertaintyMs;
    if (!agree || found.uncertaintyMs <= keptMs) this.#estimate = found;
    this.#onEstimate(found);
  }
}

function uncertaintyAt({ uncertaintyMs, atMs }: ClockEstimate, monotonicMs: number): number {
  return uncertaintyMs + Math.abs(monotonicMs - atMs) * driftRate;
}
/** What one exchange says: the answer was made somewhere between its request and its arrival. */
function estimateOf(answer: unknown, sentMs: number, arrivedMs: number): ClockEstimate | undefined {
  const { receivedMs, sentMs: answeredMs, errorMs } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (!isTime(receivedMs) || !isTime(answeredMs) || !isTime(errorMs)) return undefined;
  const roundTripMs = arrivedMs - sentMs - (answeredMs - receivedMs);
  if (answeredMs < receivedMs || roundTripMs < -clockStepMs) return undefined;
  return {
    offsetMs: (receivedMs - sentMs + (answeredMs - arrivedMs)) / 2,
    uncertaintyMs: Math.max(0, roundTripMs) / 2 + errorMs,
    atMs: arrivedMs,
  };
}
function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
async function askByHttp(url: string): Promise<unknown> {
  const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.json();
}
