import type { SessionState } from "@moqscope/telemetry";
import { reportAttributes as names } from "@moqscope/telemetry";
import type { SessionContext } from "../fleet/session-context.ts";
import type { AttributeValue, ResourceMetrics } from "../otlp/model.ts";
import type { CmcdEvent, PlayState } from "./event.ts";
import { type Growth, Ledger } from "./ledger.ts";
import { Playback } from "./playback.ts";
import { SequenceWindow } from "./sequence-window.ts";

/** How long a line waits for one that was overtaken. */
const holdMs = 2_000;
/** A first report this old counts whole (fleet aggregation, section 4: reports without sequence). */
const longestAgeMs = 119_000;

/** What the gateway counts of the lines themselves. */
export interface LineMeter {
  duplicate(): void;
  gap(missing: number): void;
}

/** One CMCD session: its lines in order, what they say of the viewer, and that as an OTLP player would report it. */
export class CmcdSession {
  readonly sid: string;
  readonly #context: SessionContext;
  readonly #meter: LineMeter;
  #window: SequenceWindow<CmcdEvent>;
  #playback: Playback | undefined;
  readonly #ledger = new Ledger();
  #heldSinceMs = 0;
  /** Newest time of the lines that were read, and oldest, by the player's clock. */
  #newestTs = Number.NEGATIVE_INFINITY;
  #oldestTs = Number.POSITIVE_INFINITY;
  /** Start and time of the newest report. */
  #startMs = 0;
  #timeMs = 0;
  lastSeenMs = 0;
  endedMs: number | undefined;

  /** `next`: the number that is waited for; above 0 for a session that was dropped and is back. */
  constructor(sid: string, next: number, parts: { readonly context: SessionContext; readonly meter: LineMeter }) {
    this.sid = sid;
    this.#context = parts.context;
    this.#meter = parts.meter;
    this.#window = new SequenceWindow(next);
  }

  get context(): SessionContext {
    return this.#context;
  }

  get next(): number {
    return this.#window.next;
  }

  /** Lines that wait. */
  get held(): number {
    return this.#window.held;
  }

  /** Whether a line has waited long enough for those before it. */
  isDue(nowMs: number): boolean {
    return this.#window.held > 0 && nowMs - this.#heldSinceMs >= holdMs;
  }

  /** Takes a line. `mayHold`: false where the gateway holds as many lines as it may. */
  take(event: CmcdEvent, growth: Growth, { nowMs, mayHold }: { readonly nowMs: number; readonly mayHold: boolean }): void {
    this.lastSeenMs = nowMs;
    if (this.#isRestart(event)) this.#restart(growth, nowMs);
    switch (this.#window.take(event.sn, event)) {
      case "ready":
        return this.#drain(growth, nowMs);
      case "held":
        if (this.#window.held === 1) this.#heldSinceMs = nowMs;
        if (this.#window.isFull || !mayHold) this.giveUpGap(growth, nowMs);
        return;
      case "late":
        this.#playback?.applyLate(event, growth);
        return;
      case "duplicate":
        this.#meter.duplicate();
    }
  }

  /** Waits no longer for what is missing. */
  giveUpGap(growth: Growth, nowMs: number): void {
    const missing = this.#window.skip();
    // of a session that was under way when it was first seen nobody knows what was lost
    if (this.#playback !== undefined && missing > 0) {
      this.#meter.gap(missing);
      this.#playback.miss();
    }
    this.#drain(growth, nowMs);
  }

  /** The session has been silent for too long: what can still be said of it. */
  giveUp(growth: Growth, nowMs: number): void {
    while (this.held > 0) this.giveUpGap(growth, nowMs);
    this.#playback?.giveUp(growth);
  }

  /** The report of what moved since the last one; `isFinal` also without a state that ends the session. */
  report(growth: Growth, nowMs: number, isFinal = false): ResourceMetrics {
    const isOver = isFinal || this.#playback?.isOver === true;
    if (this.#timeMs === 0) this.#startMs = nowMs - this.#ageMs();
    this.endedMs = isOver ? (this.endedMs ?? nowMs) : undefined;
    this.#timeMs = Math.max(nowMs, this.#timeMs + 1);
    const resource = new Map<string, AttributeValue>([
      [names.service, "moq-player"],
      [names.session, this.sid],
      [names.state, stateOf(this.#playback)],
      [names.final, isOver],
    ]);
    return { resource, metrics: this.#ledger.book(growth, { startMs: this.#startMs, timeMs: this.#timeMs }) };
  }

  /** How long the session had run when its first line was read, as those that came with it tell. */
  #ageMs(): number {
    return this.#newestTs > this.#oldestTs ? Math.min(longestAgeMs, this.#newestTs - this.#oldestTs) : 0;
  }

  /**
   * hls.js counts from 0 again with the same session id when it loads another source. A repeated line has the time of the first one; a
   * number that was used with a newer time is a new count.
   */
  #isRestart({ sn, ts, type }: CmcdEvent): boolean {
    return sn < this.#window.next && ts > this.#newestTs && type !== "rr" && this.#playback !== undefined;
  }

  #restart(growth: Growth, nowMs: number): void {
    while (this.held > 0) this.giveUpGap(growth, nowMs);
    this.#playback?.restart(growth);
    this.#window = new SequenceWindow(0);
  }

  #drain(growth: Growth, nowMs: number): void {
    for (const event of this.#window.drain()) {
      this.#playback ??= new Playback(event.sn === 0);
      this.#playback.apply(event, growth);
      if (event.type === "rr") continue;
      this.#newestTs = Math.max(this.#newestTs, event.ts);
      this.#oldestTs = Math.min(this.#oldestTs, event.ts);
    }
    // what still waits does so for another line
    this.#heldSinceMs = nowMs;
  }
}

function stateOf(playback: Playback | undefined): SessionState {
  const state = playback?.state;
  if (state === undefined || playback === undefined) return "other";
  if (state === "p") return "playing";
  if (state === "a") return "paused";
  return playback.isStarted ? (started[state] ?? "other") : (starting[state] ?? "other");
}
const started: Partial<Record<PlayState, SessionState>> = { r: "rebuffering", w: "waiting" };
const starting: Partial<Record<PlayState, SessionState>> = { s: "starting", r: "starting", w: "starting", k: "starting" };
