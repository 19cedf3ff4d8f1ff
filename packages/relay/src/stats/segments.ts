import type { Counters, Entries } from "./stats-frame.ts";

/** Entries that are remembered after they have gone, so that one which comes back with its old totals is not counted twice. */
const mostRemembered = 20_000;

/**
 * Growth of cumulative counters that begin anew now and then (relay-behaviour §10.4): a value that falls is a new segment, which
 * counts from 0, as is everything after `restart`.
 */
export class Segments {
  readonly #last = new Map<string, Counters>();
  /** The process that counts is another one. */
  restart(): void {
    this.#last.clear();
  }
  /** Tells what each counter of each entry has grown by since the last call, if it has. */
  grow(entries: Entries, grown: (path: string, key: string, by: number) => void): void {
    for (const [path, counters] of entries) {
      const last = this.#last.get(path) ?? {};
      for (const [key, value] of Object.entries(counters)) {
        const before = last[key] ?? 0;
        const by = value >= before ? value - before : value;
        if (by > 0) grown(path, key, by);
      }
      // At the end: the oldest is forgotten first.
      this.#last.delete(path);
      this.#last.set(path, counters);
    }
    for (const path of this.#last.keys()) {
      if (this.#last.size <= mostRemembered) break;
      if (!entries.has(path)) this.#last.delete(path);
    }
  }
}
