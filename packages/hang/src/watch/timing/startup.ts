/** Contiguous parts of startup time, in order; what each ends at is said in metrics.md §3. */
export const startupPhases = ["connect", "setup", "announce", "catalog", "subscribe", "first_object", "decode", "render"] as const;
export type StartupPhase = (typeof startupPhases)[number];
export type PhaseDurations = Readonly<Record<StartupPhase, number>>;

/** Measures one play attempt: play instruction to first picture, in parts that sum to it, without the wait for an offline broadcast. */
export class Startup {
  readonly startMs: number;
  readonly #ends = new Map<StartupPhase, number>();
  #pausedMs = 0;
  #pausedAt: number | undefined;
  constructor(startMs: number) {
    this.startMs = startMs;
  }
  /** Time on the attempt's own clock, which stands while the broadcast is offline. */
  elapsedMs(nowMs: number): number {
    const paused = this.#pausedMs + (this.#pausedAt === undefined ? 0 : Math.max(0, nowMs - this.#pausedAt));
    return nowMs - this.startMs - paused;
  }
  get waiting(): boolean {
    return this.#pausedAt !== undefined;
  }
  /** The event that ends this phase has come. The first time counts. */
  reached(phase: StartupPhase, nowMs: number): void {
    if (!this.#ends.has(phase)) this.#ends.set(phase, this.elapsedMs(nowMs));
  }
  /** The connection was lost: everything until the next one is part of `connect`. */
  restart(): void {
    this.#ends.clear();
  }
  /** Stops the clocks at this instant, which may have passed already. */
  pause(atMs: number): void {
    this.#pausedAt ??= atMs;
  }
  /** Lets the clocks run again. */
  resume(nowMs: number): void {
    if (this.#pausedAt === undefined) return;
    this.#pausedMs += Math.max(0, nowMs - this.#pausedAt);
    this.#pausedAt = undefined;
  }
  /** Milliseconds of each phase once the last is reached: an event that overtakes its predecessor makes the earlier phase 0. */
  durations(): PhaseDurations {
    const ends = startupPhases.map((phase) => this.#ends.get(phase));
    let previous = 0;
    const parts = startupPhases.map((phase, index) => {
      const end = ends[index];
      const overtaken = end === undefined || ends.slice(index + 1).some((later) => later !== undefined && later < end);
      if (overtaken) return [phase, 0] as const;
      const duration = end - previous;
      previous = end;
      return [phase, duration] as const;
    });
    return Object.fromEntries(parts) as unknown as PhaseDurations;
  }
}
