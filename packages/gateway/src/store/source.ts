/** Reports of one cycle may come in several requests; closer ones than this say nothing about the interval. */
const sameCycleMs = 200;
/** Shortest time without a report after which a gauge is no longer known. */
const shortestTtlMs = 5_000;
/** Longest interval that is believed: a longer pause is an outage. */
const longestIntervalMs = 60_000;
const gapsKept = 3;

/** Who a process is. */
export interface Identity {
  readonly service: string;
  readonly instance: string;
  readonly cloudRegion?: string | undefined;
}

/** A process that reports, and how often it does. */
export class Source {
  readonly service: string;
  readonly instance: string;
  /** cloud.region, where its process says so. */
  readonly cloudRegion: string | undefined;
  /** From when on all that its counters counted is known: the start of its process if that is recent, else its first report. */
  readonly bornMs: number;
  /** This process itself counts its series: however long they rest, they are known. */
  isKept = false;
  #lastMs: number;
  #previousMs: number | undefined;
  #gaps: number[];

  constructor(identity: Identity, bornMs: number, options: { nowMs: number; intervalMs: number }) {
    this.service = identity.service;
    this.instance = identity.instance;
    this.cloudRegion = identity.cloudRegion;
    this.bornMs = bornMs;
    this.#lastMs = options.nowMs;
    this.#gaps = [options.intervalMs];
  }

  /** Epoch milliseconds of the newest report. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Epoch milliseconds of the newest report of an earlier cycle, if there was one. */
  get previousMs(): number | undefined {
    return this.#previousMs;
  }

  /** The longest of the last gaps between reports; the configured interval until one was seen. */
  get intervalMs(): number {
    return Math.max(...this.#gaps);
  }

  /** How long a gauge stays known without a report: max(3 × interval, 5 s). */
  get ttlMs(): number {
    return Math.max(3 * this.intervalMs, shortestTtlMs);
  }

  isLive(nowMs: number): boolean {
    return nowMs - this.#lastMs <= this.ttlMs;
  }

  /** Notes a report. */
  report(nowMs: number): void {
    const gap = nowMs - this.#lastMs;
    if (gap < sameCycleMs) return;
    if (gap <= Math.min(longestIntervalMs, this.ttlMs)) this.#gaps = [...this.#gaps.slice(1 - gapsKept), gap];
    this.#previousMs = this.#lastMs;
    this.#lastMs = nowMs;
  }
}
