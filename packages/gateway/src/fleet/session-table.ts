import type { SessionState, sets, ValueOf } from "@moqscope/telemetry";
import type { FleetLimits } from "./limits.ts";
import type { Session } from "./session.ts";

export type EvictionReason = ValueOf<typeof sets.evictionReason>;

/** A session that was dropped: where its last start was and when it went. */
interface Dropped {
  readonly startMs: number;
  readonly droppedMs: number;
}

/** Sessions by id, the longest silent first, with a memory of those that were dropped. Every loss is told. */
export class SessionTable {
  readonly #limits: FleetLimits;
  readonly #onEvict: (session: Session, reason: EvictionReason) => void;
  readonly #sessions = new Map<string, Session>();
  readonly #dropped = new Map<string, Dropped>();
  #lastLruMs = Number.NEGATIVE_INFINITY;

  constructor(limits: FleetLimits, onEvict: (session: Session, reason: EvictionReason) => void) {
    this.#limits = limits;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** Puts a session at the young end of the table, new or not. */
  touch(session: Session, nowMs: number): void {
    const isNew = !this.#sessions.delete(session.id);
    if (isNew && this.#sessions.size >= this.#limits.sessions) {
      const [oldest] = this.#sessions.values();
      if (oldest !== undefined) this.#evict(oldest, "lru", nowMs);
      this.#lastLruMs = nowMs;
    }
    this.#sessions.set(session.id, session);
    this.#dropped.delete(session.id);
  }

  /**
   * Whether no entry of an unknown session that says "nothing acknowledged" can have been dropped, so that its whole report is new.
   * `startMs` and `ageMs` are of the report, by the client's clock. A report that began after the dropped entry is new by itself.
   */
  isSurelyNew(id: string, report: { readonly startMs: number; readonly ageMs: number }, nowMs: number): boolean {
    const dropped = this.#dropped.get(id);
    if (dropped !== undefined) return report.startMs > dropped.startMs;
    return report.ageMs <= this.#limits.idleExpiryMs && nowMs - this.#lastLruMs > report.ageMs;
  }

  /** Drops who has been silent or over for long enough. */
  expire(nowMs: number): void {
    for (const session of this.#sessions.values()) {
      if (session.endedMs !== undefined && nowMs - session.endedMs >= this.#limits.endedKeptMs) this.#evict(session, "ended", nowMs);
      else if (nowMs - session.lastSeenMs >= this.#limits.idleExpiryMs) this.#evict(session, "idle", nowMs);
    }
    for (const [id, { droppedMs }] of this.#dropped) {
      if (nowMs - droppedMs < this.#limits.droppedKeptMs) break;
      this.#dropped.delete(id);
    }
  }

  /** Sessions that reported lately and are not over, by state. */
  live(nowMs: number): Map<SessionState, number> {
    const states = new Map<SessionState, number>();
    for (const session of this.#sessions.values()) {
      if (session.endedMs !== undefined || nowMs - session.lastSeenMs > this.#limits.liveTtlMs) continue;
      states.set(session.state, (states.get(session.state) ?? 0) + 1);
    }
    return states;
  }

  #evict(session: Session, reason: EvictionReason, nowMs: number): void {
    this.#sessions.delete(session.id);
    this.#dropped.set(session.id, { startMs: session.startMs, droppedMs: nowMs });
    if (this.#dropped.size > this.#limits.sessions * 4) {
      const [oldest] = this.#dropped.keys();
      if (oldest !== undefined) this.#dropped.delete(oldest);
      // what is no longer remembered is as good as evicted just now: reports that old are asked to resync
      this.#lastLruMs = nowMs;
    }
    this.#onEvict(session, reason);
  }
}
