import type { SessionState, ValueOf } from "@moqscope/telemetry";
import { sets } from "@moqscope/telemetry";
import { DroppedSessions } from "./dropped-sessions.ts";
import type { KnownPoints } from "./known-points.ts";
import type { FleetLimits } from "./limits.ts";
import { PointCodec } from "./point-codec.ts";
import { SessionColumns } from "./session-columns.ts";
import { Slab } from "./slab.ts";
import type { SessionsSnapshot } from "./snapshot.ts";

export type EvictionReason = ValueOf<typeof sets.evictionReason>;

/** Columns that mean the same in another process. */
const keptColumns = [
  "firstSeenMs",
  "lastSeenMs",
  "endedMs",
  "firstAgeMs",
  "startMs",
  "timeMs",
  "sequence",
  "viewer",
  "broadcast",
  "bytes",
  "service",
  "state",
  "transport",
] as const;

/** Told of every session that goes, while its row still stands. */
export type OnEvict = (row: number, reason: EvictionReason, nowMs: number) => void;

/**
 * Sessions by id, the longest silent first, with a memory of those that were dropped. A session is a row of numbers and a packed piece of
 * bytes outside of the heap. Every loss is told.
 */
export class SessionTable {
  readonly columns = new SessionColumns();
  readonly #limits: FleetLimits;
  readonly #onEvict: OnEvict;
  readonly #rows = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #free: number[] = [];
  readonly #slab = new Slab();
  readonly #codec = new PointCodec();
  readonly #dropped: DroppedSessions;
  #oldest = -1;
  #youngest = -1;
  #lastLruMs = Number.NEGATIVE_INFINITY;

  constructor(limits: FleetLimits, onEvict: OnEvict) {
    this.#limits = limits;
    this.#onEvict = onEvict;
    this.#dropped = new DroppedSessions(limits.sessions * 4, limits.droppedKeptMs);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Bytes that the points of all sessions take, outside of the heap. */
  get pointBytes(): number {
    return this.#slab.heldBytes;
  }

  /** The row of a session, or -1. */
  find(id: string): number {
    return this.#rows.get(id) ?? -1;
  }

  idOf(row: number): string {
    return this.#ids[row] ?? "";
  }

  /** The rows of all sessions, the longest silent first. */
  *rows(): Generator<number> {
    for (let row = this.#oldest; row >= 0; row = this.columns.younger[row] ?? -1) yield row;
  }

  /** The rows of all sessions, the one that reported last first. */
  *newest(): Generator<number> {
    for (let row = this.#youngest; row >= 0; row = this.columns.older[row] ?? -1) yield row;
  }

  /** Puts a new session at the young end of the table. Answers its row, all zero. */
  add(id: string, nowMs: number): number {
    if (this.#rows.size >= this.#limits.sessions) this.#evictOldest(nowMs);
    const row = this.#free.pop() ?? this.#ids.length;
    if (row >= this.columns.rows) this.columns.grow(this.#limits.sessions);
    this.columns.clear(row);
    this.#ids[row] = id;
    this.#rows.set(id, row);
    this.#dropped.delete(id);
    this.#append(row);
    return row;
  }

  /** Puts a session that reported at the young end. */
  touch(row: number): void {
    if (row === this.#youngest) return;
    this.#unlink(row);
    this.#append(row);
  }

  /** Unpacks what a session said last of its points. */
  read(row: number, points: KnownPoints): void {
    const block = this.columns.block[row] ?? 0;
    const bytes = this.columns.bytes[row] ?? 0;
    if (bytes === 0) points.clear();
    else this.#codec.unpack(points, this.#slab.page(block), this.#slab.offset(block), bytes);
  }

  /** Keeps what a session said of its points in place of what it said before. Others go where all take more memory than they may. */
  write(row: number, points: KnownPoints, nowMs: number): void {
    this.#keep(row, this.#codec.packed, this.#codec.pack(points));
    while (this.#slab.heldBytes > this.#limits.pointBytes && this.#oldest !== row) this.#evictOldest(nowMs);
  }

  /** Everything there is, to be restored by a table of the same vocabulary. */
  snapshot(): SessionsSnapshot {
    const rows = [...this.rows()];
    const packed = new Uint8Array(rows.reduce((sum, row) => sum + (this.columns.bytes[row] ?? 0), 0));
    let at = 0;
    for (const row of rows) {
      const block = this.columns.block[row] ?? 0;
      const bytes = this.columns.bytes[row] ?? 0;
      if (bytes === 0) continue;
      const from = this.#slab.offset(block);
      packed.set(this.#slab.page(block).subarray(from, from + bytes), at);
      at += bytes;
    }
    return {
      ids: rows.map((row) => this.idOf(row)),
      columns: Object.fromEntries(keptColumns.map((name) => [name, rows.map((row) => this.columns[name][row] ?? 0)])),
      packed,
      dropped: this.#dropped.all().map(({ id, startMs, droppedMs }) => [id, startMs, droppedMs]),
      lastLruMs: Number.isFinite(this.#lastLruMs) ? this.#lastLruMs : null,
    };
  }

  /** Takes a snapshot over into an empty table. `nowMs` is what sessions that find no room are dropped at. */
  restore({ ids, columns, packed, dropped, lastLruMs }: SessionsSnapshot, nowMs: number): void {
    for (const [id, startMs, droppedMs] of dropped) this.#dropped.add(id, startMs, droppedMs);
    if (lastLruMs !== null) this.#lastLruMs = lastLruMs;
    let at = 0;
    for (const [index, id] of ids.entries()) {
      const row = this.add(id, nowMs);
      for (const name of keptColumns) this.columns[name][row] = columns[name]?.[index] ?? 0;
      const bytes = this.columns.bytes[row] ?? 0;
      this.#keep(row, packed.subarray(at, at + bytes), bytes);
      at += bytes;
    }
  }

  /**
   * Whether no entry of an unknown session that says "nothing acknowledged" can have been dropped, so that its whole report is new.
   * `startMs` and `ageMs` are of the report, by the client's clock. A report that began after the dropped entry is new by itself.
   */
  isSurelyNew(id: string, report: { readonly startMs: number; readonly ageMs: number }, nowMs: number): boolean {
    const droppedStartMs = this.#dropped.startOf(id);
    if (droppedStartMs !== undefined) return report.startMs > droppedStartMs;
    return report.ageMs <= this.#limits.idleExpiryMs && nowMs - this.#lastLruMs > report.ageMs;
  }

  /** Drops who has been silent or over for long enough. */
  expire(nowMs: number): void {
    const { endedMs, lastSeenMs, younger } = this.columns;
    const { endedKeptMs, idleExpiryMs } = this.#limits;
    for (let row = this.#oldest; row >= 0; ) {
      const next = younger[row] ?? -1;
      const ended = endedMs[row] ?? 0;
      if (ended !== 0 && nowMs - ended >= endedKeptMs) this.#evict(row, "ended", nowMs);
      else if (nowMs - (lastSeenMs[row] ?? 0) >= idleExpiryMs) this.#evict(row, "idle", nowMs);
      row = next;
    }
    this.#dropped.expire(nowMs);
  }

  /** Whether a session reported lately and is not over. */
  isLive(row: number, nowMs: number): boolean {
    const { endedMs, lastSeenMs } = this.columns;
    return endedMs[row] === 0 && nowMs - (lastSeenMs[row] ?? 0) <= this.#limits.liveTtlMs;
  }

  /** Sessions that reported lately and are not over, by state. */
  live(nowMs: number): Map<SessionState, number> {
    const counts = new Uint32Array(sets.sessionState.values.length);
    const { state } = this.columns;
    for (const row of this.rows()) if (this.isLive(row, nowMs)) counts[state[row] ?? 0] = (counts[state[row] ?? 0] ?? 0) + 1;
    const found = [...sets.sessionState.values.entries()].map(([at, name]): [SessionState, number] => [name, counts[at] ?? 0]);
    return new Map(found.filter(([, count]) => count > 0));
  }

  #keep(row: number, packed: Uint8Array, bytes: number): void {
    if (bytes === 0 && this.columns.block[row] === 0) return;
    const block = this.#slab.fit(this.columns.block[row] ?? 0, bytes);
    this.#slab.page(block).set(bytes === packed.length ? packed : packed.subarray(0, bytes), this.#slab.offset(block));
    this.columns.block[row] = block;
    this.columns.bytes[row] = bytes;
  }

  #evictOldest(nowMs: number): void {
    this.#evict(this.#oldest, "lru", nowMs);
    this.#lastLruMs = nowMs;
  }

  #evict(row: number, reason: EvictionReason, nowMs: number): void {
    this.#onEvict(row, reason, nowMs);
    const id = this.idOf(row);
    this.#unlink(row);
    this.#rows.delete(id);
    this.#ids[row] = "";
    this.#free.push(row);
    this.#slab.release(this.columns.block[row] ?? 0);
    // what is no longer remembered is as good as evicted just now: reports that old are asked to resync
    if (this.#dropped.add(id, this.columns.startMs[row] ?? 0, nowMs)) this.#lastLruMs = nowMs;
  }

  #append(row: number): void {
    const { older, younger } = this.columns;
    older[row] = this.#youngest;
    younger[row] = -1;
    if (this.#youngest >= 0) younger[this.#youngest] = row;
    else this.#oldest = row;
    this.#youngest = row;
  }

  #unlink(row: number): void {
    const { older, younger } = this.columns;
    const before = older[row] ?? -1;
    const after = younger[row] ?? -1;
    if (before >= 0) younger[before] = after;
    else this.#oldest = after;
    if (after >= 0) older[after] = before;
    else this.#youngest = before;
  }
}
