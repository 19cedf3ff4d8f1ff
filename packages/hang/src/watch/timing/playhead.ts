import type { LiveEdge } from "./live-edge.ts";
import type { Timebase } from "./timebase.ts";

/** How far the playhead may fall behind its place before it jumps, in milliseconds. */
export const maxLagMs = 250;

/** What media time is presented now. Until it is started it stands where the target latency puts it; then it runs with the timebase. */
export class Playhead {
  readonly #timebase: Timebase;
  readonly #now: () => number;
  readonly #edges: () => Iterable<LiveEdge>;
  #anchor: { readonly mediaUs: number; readonly baseMs: number } | undefined;
  /** Milliseconds between the live edge and the playhead. */
  latencyMs: number;
  constructor(options: { timebase: Timebase; now: () => number; edges: () => Iterable<LiveEdge>; latencyMs: number }) {
    this.#timebase = options.timebase;
    this.#now = options.now;
    this.#edges = options.edges;
    this.latencyMs = options.latencyMs;
  }
  get running(): boolean {
    return this.#anchor !== undefined;
  }
  /** Media time in µs, running or not; `undefined` before the first frame came. */
  get positionUs(): number | undefined {
    const anchor = this.#anchor;
    return anchor ? anchor.mediaUs + (this.#timebase.now() - anchor.baseMs) * 1000 : this.targetUs;
  }
  /** Where the target latency wants the playhead: the slowest track's delay decides, so that sound and picture meet. */
  get targetUs(): number | undefined {
    let delayMs: number | undefined;
    for (const edge of this.#edges()) if (edge.delayMs !== undefined) delayMs = Math.max(delayMs ?? edge.delayMs, edge.delayMs);
    return delayMs === undefined ? undefined : (this.#now() - delayMs - this.latencyMs) * 1000;
  }
  /** Runs from this media time on, presented at this very moment. */
  start(mediaUs: number): void {
    this.#anchor = { mediaUs, baseMs: this.#timebase.now() };
  }
  /** Stands again where the target latency puts it, until the next start. */
  stop(): void {
    this.#anchor = undefined;
  }
  /** The timebase's time at which this media time is presented, while running. */
  timeOf(mediaUs: number): number | undefined {
    return this.#anchor && this.#anchor.baseMs + (mediaUs - this.#anchor.mediaUs) / 1000;
  }
  /** Jumps to its target if it lags by more than `maxLagMs`. True if it did. */
  catchUp(): boolean {
    const target = this.targetUs;
    const position = this.positionUs;
    if (!this.running || target === undefined || position === undefined || target - position <= maxLagMs * 1000) return false;
    this.start(target);
    return true;
  }
}
