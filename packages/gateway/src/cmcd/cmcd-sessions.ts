import type { FleetLimits } from "../fleet/limits.ts";
import type { CmcdSession } from "./cmcd-session.ts";

/** The CMCD sessions by id, the longest silent first, with a memory of the numbers that dropped ones had reached. */
export class CmcdSessions {
  readonly #limits: FleetLimits;
  readonly #sessions = new Map<string, CmcdSession>();
  /** Lines that wait, of each session that has such. */
  readonly #holding = new Map<CmcdSession, number>();
  #held = 0;
  readonly #dropped = new Map<string, { readonly next: number; readonly droppedMs: number }>();

  constructor(limits: FleetLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(sid: string): CmcdSession | undefined {
    return this.#sessions.get(sid);
  }

  /** The number that a session waits for that is unknown, or was known before it was dropped. */
  nextOf(sid: string): number {
    return this.#dropped.get(sid)?.next ?? 0;
  }

  /** Lines of all sessions that wait for their turn. */
  get held(): number {
    return this.#held;
  }

  /** Puts a session at the young end. The one longest silent makes room. */
  touch(session: CmcdSession, nowMs: number): void {
    const isNew = !this.#sessions.delete(session.sid);
    if (isNew && this.#sessions.size >= this.#limits.sessions) {
      const [oldest] = this.#sessions.values();
      if (oldest !== undefined) this.drop(oldest, nowMs);
    }
    this.#sessions.set(session.sid, session);
    this.#noteHeld(session, session.held);
  }

  /** Forgets a session, but not which of its numbers were counted. */
  drop(session: CmcdSession, nowMs: number): void {
    this.#sessions.delete(session.sid);
    this.#noteHeld(session, 0);
    this.#dropped.delete(session.sid);
    this.#dropped.set(session.sid, { next: session.next, droppedMs: nowMs });
    const [oldest] = this.#dropped.keys();
    if (oldest !== undefined && this.#dropped.size > this.#limits.sessions * 4) this.#dropped.delete(oldest);
  }

  /** Sessions that hold lines which have waited long enough. */
  due(nowMs: number): readonly CmcdSession[] {
    return [...this.#holding.keys()].filter((session) => session.isDue(nowMs));
  }

  /** Sessions that have been silent or over for long enough; those that are over need no farewell. */
  expired(nowMs: number): { readonly silent: readonly CmcdSession[]; readonly over: readonly CmcdSession[] } {
    const { idleExpiryMs, endedKeptMs } = this.#limits;
    const silent: CmcdSession[] = [];
    const over: CmcdSession[] = [];
    for (const session of this.#sessions.values()) {
      if (session.endedMs !== undefined) {
        if (nowMs - session.endedMs >= endedKeptMs && nowMs - session.lastSeenMs >= endedKeptMs) over.push(session);
      } else if (nowMs - session.lastSeenMs >= idleExpiryMs) silent.push(session);
    }
    for (const [sid, { droppedMs }] of this.#dropped) {
      if (nowMs - droppedMs < this.#limits.droppedKeptMs) break;
      this.#dropped.delete(sid);
    }
    return { silent, over };
  }

  #noteHeld(session: CmcdSession, held: number): void {
    this.#held += held - (this.#holding.get(session) ?? 0);
    if (held > 0) this.#holding.set(session, held);
    else this.#holding.delete(session);
  }
}
