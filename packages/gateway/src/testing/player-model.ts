import { histogram, playerResource, request, sum } from "./otlp-json.ts";

/** What a player counted: the truth that the fleet's total is held against. */
export interface Truth {
  readonly frames: number;
  readonly stalls: number;
  readonly starts: readonly number[];
}
/** A report on its way; a retry or a repeat is the same object. */
export interface Body {
  readonly sequence: number;
  readonly gateway: string | undefined;
  readonly snapshot: Truth;
  readonly text: string;
}

const nothing: Truth = { frames: 0, stalls: 0, starts: [] };

/** The client's side of the wire contract (fleet aggregation, section 3), without a network. */
export class PlayerModel {
  readonly #sessionId: string;
  readonly #skewMs: number;
  readonly #bornMs: number;
  #truth: Truth = nothing;
  #base: Truth = nothing;
  #acked: Truth | undefined;
  /** The newest snapshot that may have been counted since the last rebase. */
  #maybeCounted: Truth | undefined;
  #sequence = 0;
  #ackedSequence = 0;
  #startMs: number;
  gateway: string | undefined;

  constructor(options: {
    readonly sessionId: string;
    readonly nowMs: number;
    readonly skewMs: number;
    readonly gateway: string | undefined;
  }) {
    this.#sessionId = options.sessionId;
    this.#skewMs = options.skewMs;
    this.#bornMs = options.nowMs;
    this.#startMs = options.nowMs;
    this.gateway = options.gateway;
  }

  get truth(): Truth {
    return this.#truth;
  }

  play(frames: number, stalls: number, starts: readonly number[]): void {
    const { frames: f, stalls: s, starts: all } = this.#truth;
    this.#truth = { frames: f + frames, stalls: s + stalls, starts: [...all, ...starts] };
  }

  /** The next report. Points unchanged since the last acknowledged report are left out. */
  report(nowMs: number): Body {
    this.#sequence++;
    const times = { startMs: this.#startMs + this.#skewMs, timeMs: nowMs + this.#skewMs };
    const { frames, stalls, starts } = this.#truth;
    const isChanged = (key: keyof Truth): boolean => {
      const known = this.#acked;
      return known === undefined || JSON.stringify(known[key]) !== JSON.stringify(this.#truth[key]);
    };
    const all = [
      isChanged("frames")
        ? sum("moq.client.frames_received", frames - this.#base.frames, { media: "video", transport: "websocket" }, times)
        : undefined,
      isChanged("stalls")
        ? sum("moq.client.rebuffer_count", stalls - this.#base.stalls, { cause: "network", transport: "websocket" }, times)
        : undefined,
      isChanged("starts")
        ? histogram("moq.client.startup_time", starts.slice(this.#base.starts.length), { transport: "websocket" }, times)
        : undefined,
    ].filter((metric) => metric !== undefined);
    const resource = playerResource({
      sessionId: this.#sessionId,
      sequence: this.#sequence,
      acked: this.#ackedSequence,
      elapsedMs: Math.round(nowMs - this.#bornMs),
    });
    return { sequence: this.#sequence, gateway: this.gateway, snapshot: this.#truth, text: JSON.stringify(request(resource, all)) };
  }

  /** The report went out and no answer came: it may have been counted. */
  unanswered(body: Body): void {
    this.#maybeCounted = newer(this.#maybeCounted, body.snapshot);
  }

  acknowledged(body: Body): void {
    this.#acked = body.snapshot;
    this.#ackedSequence = body.sequence;
  }

  /** The answer asked to rebase. */
  resync(nowMs: number, gateway: string): void {
    this.#base = newer(this.#maybeCounted, this.#acked) ?? this.#base;
    this.#startMs = nowMs;
    this.#ackedSequence = 0;
    this.#acked = undefined;
    this.#maybeCounted = undefined;
    this.gateway = gateway;
  }
}

/** A later snapshot has at least as much of everything. */
function newer(a: Truth | undefined, b: Truth | undefined): Truth | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.frames + a.stalls + a.starts.length >= b.frames + b.stalls + b.starts.length ? a : b;
}
