import { Absolute } from "./absolute.ts";
import type { CmcdEvent, PlayState } from "./event.ts";
import { type Growth, cmcdSeries as series } from "./ledger.ts";
import { Samples } from "./samples.ts";
import { Stalls } from "./stalls.ts";

/** More than this between two events is no time that was watched: the clock was set, or the machine slept. */
const longestStepMs = 120_000;
/** A player that tells a start and no state for so long tells states at no time. */
const statelessMs = 5_000;
/** Most codes of one error event that count. */
const mostErrors = 8;

type EndReason = keyof typeof series.ended;
const ends: Partial<Record<PlayState, EndReason>> = { e: "eos", q: "quit", f: "fatal" };

/** What one CMCD session has told of its viewer, and what follows from it for the fleet's metrics (docs/other-players.md). */
export class Playback {
  readonly #isWhole: boolean;
  readonly #stalls: Stalls;
  readonly #dropped = new Absolute();
  readonly #samples = new Samples();
  #state: PlayState | undefined;
  #lastTs: number | undefined;
  #isHidden = false;
  #hasMissed = false;
  /** The first frame may have been among what was lost. */
  #mayHaveStarted = false;
  #attempt: "none" | "open" | "closed" = "none";
  /** Milliseconds from the play instruction on; NaN where it was not seen. */
  #startingMs = 0;
  /** The play instruction was told (state `s`), not only seen by what followed from it. */
  #isAsked = false;
  #wasHidden = false;
  /** A start whose instruction was not told: the player may tell the delay (msd) with its next event. */
  #unsettledMs: number | undefined;
  #isStartupTold = false;
  /** A delay told before any state: shaka tells no states at all, dash.js tells it too early. */
  #told: { readonly delayMs: number; readonly ts: number } | undefined;
  #lastedMs = 0;
  #isEnded = false;

  /** `isWhole`: the session's first report was seen. Else what happened before is unknown, and nothing of it counts. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
    this.#stalls = new Stalls(isWhole);
  }

  get state(): PlayState | undefined {
    return this.#state;
  }

  /** Whether the newest state is one that ends a session. */
  get isOver(): boolean {
    return this.#state === "e" || this.#state === "q" || this.#state === "f";
  }

  /** Whether the first frame was shown, or nobody waits for it any more. */
  get isStarted(): boolean {
    return this.#attempt === "closed";
  }

  /** Takes the next event in the order of their numbers. */
  apply(event: CmcdEvent, growth: Growth): void {
    // the time of a response (rr) is that of its request, and its state is older than it: neither moves the clock
    const isResponse = event.type === "rr";
    const isFirst = this.#lastTs === undefined;
    if (!isResponse) {
      this.#advance(event.ts, growth);
      this.#isHidden = event.isHidden;
      this.#wasHidden ||= event.isHidden && this.#attempt === "open";
    }
    this.#count(event, growth);
    this.#settleStartup(event, growth);
    if (event.state === undefined) this.#startWithoutState(event, growth);
    else if (!isResponse) {
      if (isFirst && !this.#isWhole) this.#join(event.state);
      else this.#enter(event.state, event, growth);
    }
    this.#samples.take(event, this, growth);
  }

  /** Takes an event that came after its turn: what it says of totals and errors, nothing of states and times. */
  applyLate(event: CmcdEvent, growth: Growth): void {
    this.#count(event, growth);
    this.#settleStartup(event, growth);
  }

  /** Events before the next one are lost: what state the time until then was spent in nobody knows, so it counts for none. */
  miss(): void {
    this.#hasMissed = true;
    if (this.#attempt !== "open") return;
    this.#startingMs = Number.NaN;
    this.#mayHaveStarted = true;
  }

  /** The player began to count from 0 with the same session id, as hls.js does when it loads another source. */
  restart(growth: Growth): void {
    this.#stalls.close(growth);
    if (this.#attempt === "open" && !this.#mayHaveStarted) growth.add(series.attempt.exited, 1);
    this.#closeAttempt();
    this.#attempt = "none";
    this.#state = undefined;
    this.#unsettledMs = undefined;
    this.#isStartupTold = false;
    this.#isAsked = false;
    this.#wasHidden = false;
    this.#stalls.restart();
    this.#dropped.restart();
  }

  /** The session has gone silent. */
  giveUp(growth: Growth): void {
    this.#stalls.giveUp(growth);
    this.#settle(this.#unsettledMs, growth);
    this.#startAsTold(growth);
    this.#end("timeout", growth);
  }

  #advance(ts: number, growth: Growth): void {
    const step = Math.min(longestStepMs, Math.max(0, ts - (this.#lastTs ?? ts)));
    this.#lastTs = ts;
    if (this.#attempt === "open") this.#startingMs += step;
    if (this.#attempt !== "none") this.#lastedMs += step;
    const isUnknown = this.#hasMissed;
    this.#hasMissed = false;
    if (this.#isHidden || isUnknown) return;
    if (this.#state === "p") growth.add(series.playTime, step / 1000);
    this.#stalls.pass(step, growth);
  }

  /** Totals, stalls and errors that the player tells itself. */
  #count(event: CmcdEvent, growth: Growth): void {
    const { droppedFrames } = event;
    if (droppedFrames !== undefined) growth.add(series.framesDropped, this.#dropped.tell(droppedFrames, this.#isWhole));
    this.#stalls.tell(event, growth);
    if (event.type !== "e") return;
    const isFatal = event.state === "f" || this.#state === "f";
    growth.add(isFatal ? series.error.fatal : series.error.healed, Math.min(mostErrors, Math.max(1, event.errorCodes)));
  }

  /** The first state of a session that was under way: whether it had started to play is known only where it says that it had not. */
  #join(state: PlayState): void {
    this.#state = state;
    if (state === "d") return;
    this.#attempt = state === "s" ? "open" : "closed";
    this.#startingMs = Number.NaN;
    this.#isEnded = this.isOver;
  }

  #enter(state: PlayState, event: CmcdEvent, growth: Growth): void {
    const from = this.#state;
    if (state === from) return;
    this.#told = undefined;
    if (from === "r") this.#stalls.close(growth);
    // after a seek the buffer fills again: that is part of the seek
    this.#state = state === "r" && from === "k" ? "k" : state;
    this.#isAsked ||= state === "s";
    // neither is told of one who has seen nothing yet
    if (this.#mayHaveStarted && (state === "r" || state === "e")) this.#play(event, growth);
    const end = ends[state];
    if (end !== undefined) this.#endBy(end, from, growth);
    else if (state === "p") this.#play(event, growth);
    else this.#wait(state, from);
  }

  /** Nothing is shown: a stall where something was, else the attempt goes on, or begins with what follows from its instruction. */
  #wait(state: PlayState, from: PlayState | undefined): void {
    if (state === "r" && this.isStarted && from !== "k") this.#stalls.open();
    else if (state !== "a" && state !== "d") this.#begin();
  }

  #endBy(reason: EndReason, from: PlayState | undefined, growth: Growth): void {
    // an error before any state is one of the attempt; while preloading (d) nobody had asked to play
    if (reason === "fatal" && from === undefined) this.#begin();
    this.#end(reason, growth);
  }

  #begin(): void {
    if (this.#attempt !== "none") return;
    this.#attempt = "open";
    this.#startingMs = 0;
    this.#wasHidden = this.#isHidden;
  }

  #play(event: CmcdEvent, growth: Growth): void {
    if (this.#attempt === "closed") return;
    const isUnseen = this.#attempt === "none";
    this.#closeAttempt();
    growth.add(series.attempt.started, 1);
    const waitedMs = isUnseen ? Number.NaN : this.#startingMs;
    if (event.startDelay !== undefined) this.#settle(event.startDelay, growth);
    else if (this.#isAsked) this.#settle(waitedMs, growth);
    else this.#unsettledMs = waitedMs;
  }

  /** A delay told before anything was played (dash.js) is none. */
  #settleStartup({ startDelay }: CmcdEvent, growth: Growth): void {
    if (!this.isStarted) return;
    if (startDelay !== undefined) this.#settle(startDelay, growth);
    else if (this.#unsettledMs !== undefined) this.#settle(this.#unsettledMs, growth);
  }

  #startWithoutState({ startDelay, ts }: CmcdEvent, growth: Growth): void {
    if (this.#state !== undefined || this.#attempt === "closed") return;
    if (startDelay !== undefined) this.#told = { delayMs: startDelay, ts };
    else if (this.#told !== undefined && ts - this.#told.ts >= statelessMs) this.#startAsTold(growth);
  }

  #startAsTold(growth: Growth): void {
    if (this.#told === undefined || this.#attempt === "closed") return;
    this.#closeAttempt();
    growth.add(series.attempt.started, 1);
    this.#settle(this.#told.delayMs, growth);
  }

  #settle(delayMs: number | undefined, growth: Growth): void {
    this.#unsettledMs = undefined;
    if (delayMs === undefined || Number.isNaN(delayMs) || this.#isStartupTold) return;
    this.#isStartupTold = true;
    if (!this.#wasHidden) growth.observe(series.startupTime, delayMs / 1000);
  }

  #closeAttempt(): void {
    this.#attempt = "closed";
    this.#mayHaveStarted = false;
  }

  #end(reason: EndReason, growth: Growth): void {
    this.#stalls.close(growth);
    const wasAsked = this.#attempt !== "none";
    if (this.#attempt === "open" && !this.#mayHaveStarted)
      growth.add(reason === "fatal" ? series.attempt.failed : series.attempt.exited, 1);
    this.#closeAttempt();
    if (this.#isEnded) return;
    this.#isEnded = true;
    growth.add(series.ended[reason], 1);
    if (this.#isWhole && wasAsked) growth.observe(series.duration[reason], this.#lastedMs / 1000);
  }
}
