import type { RejectReason } from "../error.ts";
import { GatewayError, malformed } from "../error.ts";
import type { Arrival, FleetIngest } from "../fleet/fleet-ingest.ts";
import type { FleetLimits } from "../fleet/limits.ts";
import type { SessionContext } from "../fleet/session-context.ts";
import type { Partial } from "../otlp/answer.ts";
import { accepted } from "../otlp/answer.ts";
import { CmcdSession, type LineMeter } from "./cmcd-session.ts";
import { CmcdSessions } from "./cmcd-sessions.ts";
import { type CmcdEvent, readEvent } from "./event.ts";
import { Growth } from "./ledger.ts";

/** Bounds of one body and of what waits in all sessions. */
export const cmcdLimits = { lines: 256, lineCharacters: 8_192, heldLines: 10_000, userAgentCharacters: 512 } as const;

export interface CmcdParts {
  readonly fleet: FleetIngest;
  readonly limits: FleetLimits;
  readonly meter: LineMeter & { rejected(reason: RejectReason, count: number): void };
}
/** How a body arrived. */
export type CmcdArrival = Pick<Arrival, "nowMs" | "context" | "admit">;

/**
 * CMCD v2 event mode (CTA-5004-B) → the fleet: each viewer's lines become what a MoQ player would have reported, and go through the same
 * table and differencing as reports without a sequence.
 */
export class CmcdIngest {
  readonly #parts: CmcdParts;
  readonly #sessions: CmcdSessions;
  readonly #growth = new Growth();

  constructor(parts: CmcdParts) {
    this.#parts = parts;
    this.#sessions = new CmcdSessions(parts.limits);
  }

  /** Sessions whose lines are followed. */
  get size(): number {
    return this.#sessions.size;
  }

  /**
   * Takes a body: one event on each line. Throws GatewayError where no line of it is good, with the reason of the first, or what `admit`
   * throws; then nothing was counted. Else the answer tells what was refused.
   */
  take(body: Uint8Array, arrival: CmcdArrival): Partial {
    const { events, refusals } = readLines(body);
    const [first] = refusals;
    if (events.length === 0) throw first ?? malformed("the body has no line: one event on each, as CMCD v2 event mode sends it");
    const bySession = Map.groupBy(events, ({ sid }) => sid);
    for (const sessionId of bySession.keys()) arrival.admit?.({ service: "moq-player", sessionId });
    for (const [sid, lines] of bySession) this.#takeLines(sid, lines, arrival);
    return this.#refuse(refusals);
  }

  /** Goes on with what waits, ends who went silent. To be called about once a second. */
  tick(nowMs: number): void {
    for (const session of this.#sessions.due(nowMs)) {
      this.#growth.clear();
      session.giveUpGap(this.#growth, nowMs);
      this.#report(session, { nowMs, context: session.context });
      this.#sessions.touch(session, nowMs);
    }
    const { silent, over } = this.#sessions.expired(nowMs);
    for (const session of silent) {
      this.#growth.clear();
      session.giveUp(this.#growth, nowMs);
      this.#report(session, { nowMs, context: session.context }, true);
      this.#sessions.drop(session, nowMs);
    }
    for (const session of over) this.#sessions.drop(session, nowMs);
  }

  #takeLines(sid: string, events: readonly CmcdEvent[], { nowMs, context }: CmcdArrival): void {
    const session = this.#sessions.get(sid) ?? this.#open(sid, context);
    const before = session.next;
    this.#growth.clear();
    for (const event of events) {
      session.take(event, this.#growth, { nowMs, mayHold: this.#sessions.held < cmcdLimits.heldLines });
    }
    this.#sessions.touch(session, nowMs);
    if (session.next !== before || this.#growth.touched.size > 0) this.#report(session, { nowMs, context });
  }

  #open(sid: string, context: SessionContext): CmcdSession {
    // a copy of what is ever read of it: a session must not hold a header of 16 KB
    const userAgent = Buffer.from(context.userAgent.slice(0, cmcdLimits.userAgentCharacters)).toString();
    return new CmcdSession(sid, this.#sessions.nextOf(sid), { context: { ...context, userAgent }, meter: this.#parts.meter });
  }

  #report(session: CmcdSession, arrival: CmcdArrival, isFinal = false): void {
    const report = session.report(this.#growth, arrival.nowMs, isFinal);
    this.#parts.fleet.ingest([report], { nowMs: arrival.nowMs, context: arrival.context, gateway: undefined });
  }

  #refuse(refusals: readonly GatewayError[]): Partial {
    if (refusals.length === 0) return accepted;
    const told = [...Map.groupBy(refusals, ({ code }) => code)].map(([code, { length }]) => {
      this.#parts.meter.rejected(code as RejectReason, length);
      return `${length} × ${code}`;
    });
    return { rejected: refusals.length, message: `${told.join(", ")}; the first: ${refusals[0]?.message}` };
  }
}

function readLines(body: Uint8Array): { readonly events: readonly CmcdEvent[]; readonly refusals: readonly GatewayError[] } {
  const events: CmcdEvent[] = [];
  const refusals: GatewayError[] = [];
  const lines = textOf(body)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  for (const [at, line] of lines.entries()) {
    try {
      if (at >= cmcdLimits.lines) throw new GatewayError("too_many_points", `a body has at most ${cmcdLimits.lines} lines`);
      if (line.length > cmcdLimits.lineCharacters) throw malformed(`a line has at most ${cmcdLimits.lineCharacters} characters`);
      events.push(readEvent(line));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      refusals.push(error);
    }
  }
  return { events, refusals };
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw malformed("the body is not UTF-8", cause);
  }
}
