import type { Clock } from "@moqscope/lite";
import { type PhaseDurations, Startup, type StartupPhase, startupPhases } from "../timing/startup.ts";
import type { PlayerInstruments } from "./instruments.ts";

/** How long a broadcast may stay unannounced, after the session is set up, before the attempt waits (metrics.md §3). */
export const offlineGraceMs = 2000;

export type AttemptOutcome = "started" | "failed" | "exited";
/** What is known of a play attempt once it is closed. */
export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  /** Absent unless it started without ever being hidden. */
  readonly startupMs?: number;
  readonly phases?: PhaseDurations;
}

/** One play instruction, measured from the instruction to its outcome, and told once. */
export class Attempt {
  readonly #clock: Clock;
  readonly #instruments: PlayerInstruments;
  readonly #startup: Startup;
  readonly #startEpochMs: number;
  readonly #broadcast: string;
  readonly #firstObjects = new Set<"audio" | "video">();
  readonly #afterwards: (() => void)[] = [];
  #hidden: boolean;
  #result: AttemptResult | undefined;
  constructor(options: { clock: Clock; epochMs: number; instruments: PlayerInstruments; broadcast: string; hidden: boolean }) {
    this.#clock = options.clock;
    this.#startEpochMs = options.epochMs;
    this.#instruments = options.instruments;
    this.#broadcast = options.broadcast;
    this.#hidden = options.hidden;
    this.#startup = new Startup(options.clock.now());
  }
  get result(): AttemptResult | undefined {
    return this.#result;
  }
  get elapsedMs(): number {
    return this.#startup.elapsedMs(this.#clock.now());
  }
  reached(phase: StartupPhase): void {
    if (!this.#result) this.#startup.reached(phase, this.#clock.now());
  }
  /** The connection was lost before the first picture. */
  disconnected(): void {
    if (!this.#result) this.#startup.restart();
  }
  hidden(): void {
    if (!this.#result) this.#hidden = true;
  }
  /** The broadcast has been offline past the grace, which ended at `atMs`. */
  wait(atMs: number): void {
    if (!this.#result) this.#startup.pause(atMs);
  }
  resume(): void {
    this.#startup.resume(this.#clock.now());
  }
  /** A subscription's first frame came this long after it was asked for. */
  firstObject(media: "audio" | "video", elapsedMs: number): void {
    if (this.#firstObjects.has(media)) return;
    this.#firstObjects.add(media);
    this.#instruments.subscribeToFirstObject(media, elapsedMs / 1000);
  }
  /** Runs this when the attempt is closed, at once if it is: spans hang below the attempt's own. */
  whenClosed(run: () => void): void {
    if (this.#result) run();
    else this.#afterwards.push(run);
  }
  /** Closes the attempt; later calls change nothing. */
  close(outcome: AttemptOutcome, error?: string): void {
    if (this.#result) return;
    const now = this.#clock.now();
    this.#startup.resume(now);
    this.#startup.reached("render", now);
    const measured = outcome === "started" && !this.#hidden;
    const startupMs = this.#startup.elapsedMs(now);
    const phases = this.#startup.durations();
    this.#result = measured ? { outcome, startupMs, phases } : { outcome };
    this.#instruments.attempt(outcome);
    if (measured) {
      this.#instruments.startupTime(startupMs / 1000);
      for (const phase of startupPhases) this.#instruments.startupPhase(phase, phases[phase] / 1000);
    }
    this.#spans(outcome, now, error);
    for (const run of this.#afterwards.splice(0)) run();
  }
  /** The session's first span and, for a start that was measured, its phases end to end. */
  #spans(outcome: AttemptOutcome, nowMs: number, error: string | undefined): void {
    const common = { "moq.broadcast": this.#broadcast, "moq.transport": this.#instruments.transport };
    const startMs = this.#startEpochMs;
    const endMs = startMs + (nowMs - this.#startup.startMs);
    const { startupMs, phases } = this.#result ?? {};
    this.#instruments.span(
      "moq.session.start",
      {
        ...common,
        "moq.outcome": outcome,
        "moq.hidden": this.#hidden,
        ...(startupMs === undefined ? {} : { "moq.startup_s": startupMs / 1000 }),
      },
      { startMs, endMs, root: true, ...(error === undefined ? {} : { error }) },
    );
    if (!phases || startupMs === undefined) return;
    // The wait for an offline broadcast lies between grace and announcement: phases are laid out backwards from the picture.
    let atMs = endMs - startupMs;
    for (const phase of startupPhases) {
      this.#instruments.span(`moq.startup.${phase}`, common, { startMs: atMs, endMs: atMs + phases[phase] });
      atMs += phases[phase];
    }
  }
}
