import { QueryError } from "../promql/query-error.ts";

/** Lets a few run at a time; others wait for their turn, too many are refused. */
export class Gate {
  readonly #limits: { readonly running: number; readonly waiting: number };
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: { readonly running: number; readonly waiting: number }) {
    this.#limits = limits;
  }

  /** Runs a task when it is its turn. Throws QueryError `unavailable` where too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.running) {
      if (this.#waiting.length >= this.#limits.waiting) throw new QueryError("unavailable", "too many queries at a time: ask again");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // the place goes on to the next one
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
