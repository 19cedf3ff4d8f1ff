import { QueryError } from "./query-error.ts";

/** What one query may cost. */
export interface QueryLimits {
  /** Steps of a range query. */
  readonly points: number;
  /** Series that one selector may find. */
  readonly series: number;
  /** Samples read and values made. */
  readonly samples: number;
  readonly timeMs: number;
}

export const defaultQueryLimits: QueryLimits = { points: 11_000, series: 20_000, samples: 20_000_000, timeMs: 20_000 };

/** Work that is done in one go before others have their turn. */
const sliceMs = 15;

/** What is left of a query's limits. It also lets the process breathe, so that a long query delays no report. */
export class Budget {
  readonly limits: QueryLimits;
  readonly #now: () => number;
  readonly #endMs: number;
  readonly #signal: AbortSignal | undefined;
  #samples = 0;
  #sliceEndMs: number;

  /** `now`: milliseconds that pass, such as `performance.now`. `signal` ends the query. */
  constructor(limits: QueryLimits, now: () => number, signal?: AbortSignal) {
    this.limits = limits;
    this.#signal = signal;
    this.#now = now;
    this.#endMs = now() + limits.timeMs;
    this.#sliceEndMs = now() + sliceMs;
  }

  /** Samples read and values made so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Throws QueryError `execution` where the query reads or makes too much. */
  spend(samples: number): void {
    this.#samples += samples;
    if (this.#samples <= this.limits.samples) return;
    throw new QueryError("execution", `query processing would load too many samples: more than ${this.limits.samples}`);
  }

  /** Throws QueryError `execution` where a selector finds too many series. */
  checkSeries(count: number): void {
    if (count <= this.limits.series) return;
    throw new QueryError("execution", `a selector finds ${count} series, more than ${this.limits.series}: narrow it`);
  }

  /** To be awaited between series: others have their turn when this query worked long enough. Throws QueryError `timeout` or `canceled`. */
  breathe(): Promise<void> | undefined {
    const nowMs = this.#now();
    if (this.#signal?.aborted === true) throw new QueryError("canceled", "query was canceled");
    if (nowMs > this.#endMs) throw new QueryError("timeout", "query timed out in expression evaluation");
    if (nowMs < this.#sliceEndMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#sliceEndMs = this.#now() + sliceMs;
        resolve();
      });
    });
  }
}
