import { Births } from "./births.ts";
import type { Sending, SendingSource } from "./lane.ts";
import { metricsRequest } from "./metrics-request.ts";
import type { OwnService } from "./series-view.ts";

export interface SnapshotParts {
  readonly intervalMs: number;
  /** When this process began. */
  readonly bornMs: number;
  /** Everything this process counts, as it stands. */
  services(nowMs: number): readonly OwnService[];
  resource(service: string): Readonly<Record<string, string>>;
  /** Told of exemplars that were written. */
  exemplars(count: number): void;
}

/**
 * This process' metrics on their way out: one cumulative snapshot each interval. One that did not arrive is not kept; the next attempt
 * writes what is true by then.
 */
export class Snapshots implements SendingSource {
  readonly #parts: SnapshotParts;
  readonly #births: Births;
  #dueMs: number;
  #isLast = false;
  #cycleMs = 0;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    this.#births = new Births(parts.bornMs);
    this.#dueMs = parts.bornMs;
  }

  /** Whether a snapshot should have left by now. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs;
  }

  /** Makes a snapshot due, for the end: it leaves, and a second one behind it where the first had to tell zeros of new series. */
  hasten(nowMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, nowMs);
    this.#isLast = true;
  }

  next(nowMs: number): Sending | undefined {
    if (nowMs < this.#dueMs) return undefined;
    const parts = this.#parts;
    const { intervalMs } = parts;
    const isForTheEnd = this.#isLast;
    const cycle = this.#births.cycle(parts.services(nowMs));
    const resources = cycle.services.map(({ service, points }) => ({ attributes: parts.resource(service), points }));
    // a receiver takes no second value of a moment
    this.#cycleMs = Math.max(nowMs, this.#cycleMs + 1);
    const body = metricsRequest(resources, { nowMs: this.#cycleMs, exemplars: (count) => parts.exemplars(count) });
    return {
      body,
      done: (outcome) => {
        if (outcome.kind === "retry") return;
        if (outcome.kind === "ok") cycle.arrived();
        // one that left before the end was called is not the last: more may have been counted behind it
        const isOver = !this.#isLast || (isForTheEnd && (cycle.isWhole || outcome.kind === "failed"));
        // cycles keep their rhythm; those that fell into an outage are left out
        if (isOver) this.#dueMs += intervalMs * Math.max(1, Math.floor((nowMs - this.#dueMs) / intervalMs) + 1);
      },
    };
  }
}
