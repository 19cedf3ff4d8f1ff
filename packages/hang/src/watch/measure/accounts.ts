import type { Clock } from "@moqscope/lite";
import type { VideoConfig } from "../../catalog/types.ts";
import { codecLabel } from "../../measure/codec-label.ts";
import { renditionLabel } from "../media/configs.ts";
import type { PlayerState } from "../stats.ts";
import type { EndReason, PlayerInstruments, StallCause } from "./instruments.ts";

export interface AccountsOptions {
  readonly clock: Clock;
  readonly instruments: PlayerInstruments;
  readonly broadcast: string;
  /** Why the open stall lasts, asked at each step. */
  readonly cause: () => StallCause;
  readonly rendition: () => VideoConfig | undefined;
}

/** Where a session's time went: every second counts as played, stalled, waited for an offline broadcast, or none of these. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly startMs: number;
  #atMs: number;
  #state: PlayerState = "starting";
  #hidden = false;
  #stallSinceMs: number | undefined;
  #playMs = 0;
  #stallMs = 0;
  #stalls = 0;
  #offlineFromMs: number | undefined;
  #ended = false;
  constructor(options: AccountsOptions) {
    this.#options = options;
    this.startMs = this.#atMs = options.clock.now();
  }
  get playSeconds(): number {
    return this.#playMs / 1000;
  }
  get stalls(): { readonly count: number; readonly seconds: number } {
    return { count: this.#stalls, seconds: this.#stallMs / 1000 };
  }
  /** Whether a stall that counts is open. */
  get stalling(): boolean {
    return this.#stallSinceMs !== undefined;
  }
  enter(state: PlayerState): void {
    this.accrue();
    this.#state = state;
  }
  hide(hidden: boolean): void {
    this.accrue();
    this.#hidden = hidden;
  }
  /** A stall counts from now on; its time from the deadline it missed, `sinceMs`. */
  stalled(cause: StallCause, sinceMs: number): void {
    this.accrue();
    this.#stalls++;
    this.#stallSinceMs = sinceMs;
    this.#options.instruments.rebufferConfirmed(cause);
    this.#stall(cause, Math.max(0, this.#options.clock.now() - sinceMs));
    // The time between deadline and confirmation was counted as played.
    this.#uncounted = Math.max(0, this.#options.clock.now() - sinceMs);
  }
  #uncounted = 0;
  recovered(durationMs: number): void {
    if (this.#stallSinceMs === undefined) return;
    this.accrue();
    this.#stallSinceMs = undefined;
    this.#options.instruments.rebufferDuration(this.#options.cause(), durationMs / 1000);
  }
  /** The broadcast is not announced; waiting counts from this moment, after the grace. */
  offline(fromMs: number): void {
    this.accrue();
    if (this.#offlineFromMs !== undefined) return;
    this.#offlineFromMs = fromMs;
    this.#options.instruments.offlineWait(Math.max(0, this.#options.clock.now() - fromMs) / 1000);
  }
  online(): void {
    this.accrue();
    this.#offlineFromMs = undefined;
  }
  /** Books the time since the last call. Called at each change, once a second and before each report. */
  accrue(): void {
    const now = this.#options.clock.now();
    const elapsed = now - this.#atMs;
    if (elapsed <= 0 || this.#ended) return;
    this.#atMs = now;
    if (this.#offlineFromMs !== undefined && this.#state === "waiting") this.#options.instruments.offlineWait(elapsed / 1000);
    if (this.#stallSinceMs !== undefined) this.#stall(this.#options.cause(), elapsed);
    else if (this.#state === "playing" && !this.#hidden) this.#play(elapsed);
  }
  /** The session is over. Told once. */
  end(reason: EndReason): void {
    if (this.#ended) return;
    const now = this.#options.clock.now();
    if (this.#stallSinceMs !== undefined) this.recovered(now - this.#stallSinceMs);
    this.accrue();
    this.#ended = true;
    this.#options.instruments.sessionEnded(reason, (now - this.startMs) / 1000);
  }
  #stall(cause: StallCause, ms: number): void {
    this.#stallMs += ms;
    this.#options.instruments.rebufferTime(cause, ms / 1000);
  }
  #play(elapsedMs: number): void {
    const playedMs = Math.max(0, elapsedMs - this.#uncounted);
    this.#uncounted = Math.max(0, this.#uncounted - elapsedMs);
    this.#playMs += playedMs;
    this.#options.instruments.playTime(playedMs / 1000);
    const config = this.#options.rendition();
    if (config) this.#options.instruments.renditionTime(renditionLabel(config), codecLabel(config.codec), playedMs / 1000);
  }
}
