import type { Clock } from "@moqscope/lite";
import type { Startup } from "./report.ts";

/** Takes the time of each step to the first frame; only the first pass counts. */
export class StartupClock {
  readonly #clock: Clock;
  readonly #startMs: number;
  #connectedMs: number | undefined;
  #announcedMs: number | undefined;
  #catalogMs: number | undefined;
  #frameMs: number | undefined;
  #waitingSinceMs: number | undefined;
  #waitedMs = 0;
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.now();
  }
  get started(): boolean {
    return this.#frameMs !== undefined;
  }
  connected(): void {
    this.#connectedMs ??= this.#clock.now();
  }
  /** The broadcast is known not to be there. */
  waiting(): void {
    if (!this.started) this.#waitingSinceMs ??= this.#clock.now();
  }
  announced(): void {
    const now = this.#clock.now();
    if (this.#waitingSinceMs !== undefined) this.#waitedMs += now - this.#waitingSinceMs;
    this.#waitingSinceMs = undefined;
    this.#announcedMs ??= now;
  }
  catalog(): void {
    this.#catalogMs ??= this.#clock.now();
  }
  frame(): void {
    this.#frameMs ??= this.#clock.now();
  }
  get figures(): Startup {
    const [start, connected, announced, catalog, frame] = [
      this.#startMs,
      this.#connectedMs,
      this.#announcedMs,
      this.#catalogMs,
      this.#frameMs,
    ];
    const waitedMs = this.#waitedMs + (this.#waitingSinceMs === undefined ? 0 : this.#clock.now() - this.#waitingSinceMs);
    return {
      ...phase("connectMs", start, connected),
      ...phase("announceMs", connected, announced),
      ...phase("catalogMs", announced, catalog),
      ...phase("frameMs", catalog ?? announced, frame),
      ...(frame === undefined ? {} : phase("totalMs", start + waitedMs, frame)),
      waitedMs: rounded(waitedMs),
    };
  }
}
function phase<N extends string>(name: N, from: number | undefined, to: number | undefined): { readonly [K in N]?: number } {
  return from === undefined || to === undefined ? {} : ({ [name]: rounded(to - from) } as { readonly [K in N]?: number });
}
/** Tenths of a millisecond are all that a timer of this kind can tell. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
