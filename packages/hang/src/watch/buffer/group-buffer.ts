import type { Drop, Frame, Group, LiteError, TrackReader } from "@moqscope/lite";
import { LegacyFrame } from "../../container/legacy.ts";
import { GroupLedger, type GroupOutcome } from "./group-ledger.ts";

/** A frame as it waits for its decoder. */
export interface BufferedFrame {
  readonly group: number;
  readonly keyframe: boolean;
  readonly timestampUs: number;
  readonly payload: Uint8Array;
  /** Monotonic time of its first byte; absent where it did not come over a network. */
  readonly startedMs?: number;
}
export interface GroupBufferEvents {
  /** A frame came; `arrivalMs` is monotonic. Called for every frame, wanted or not. */
  received(frame: BufferedFrame, arrivalMs: number): void;
  /** Frames that will never reach a decoder: too late, or passed over because a newer group was due. */
  dropped(count: number, why: "late" | "passed"): void;
  group(outcome: GroupOutcome, count: number): void;
  /** A group that is complete took so long from its first byte to its end. */
  delivered?(elapsedMs: number): void;
  /** Media time went backwards: the publisher began anew. */
  rewound(): void;
  /** A frame that its container does not allow; it is left out. */
  invalid(error: unknown): void;
  /** There is something new to decode. */
  changed(): void;
  /** The track is over; `error` if it broke off. */
  ended(error?: LiteError): void;
}
export interface GroupBufferOptions {
  readonly events: GroupBufferEvents;
  readonly now: () => number;
  /** A newer group takes over when it is due within this many µs, while the older one still lacks frames. */
  readonly leadUs: number;
  /** Asked when a group's first frame came: a refused group is skipped and read no further. */
  readonly refuse?: (firstUs: number) => boolean;
}
/** Frames that one track may hold undecoded; beyond it the oldest groups are passed over. */
export const maxBufferedFrames = 4096;
/** A first timestamp that lies this far below what was played is a new beginning, in µs. */
const rewindUs = 500_000;

interface Entry {
  readonly group: Group;
  readonly frames: BufferedFrame[];
  detach: () => void;
  /** When its first byte was here, and its last; absent if it was here before. */
  beganMs?: number;
  finishedMs?: number;
  firstUs?: number;
  lastUs?: number;
  taken: number;
  /** The playhead has gone on; its end is still awaited. */
  passed: boolean;
  /** It counts as skipped, however it ends. */
  refused?: boolean;
  /** Media time at which the next group took over. */
  overUs?: number;
}

/** The jitter buffer of one track: groups come in any order, frames leave in the order of play, every group gets exactly one outcome. */
export class GroupBuffer implements TrackReader {
  readonly #events: GroupBufferEvents;
  readonly #now: () => number;
  readonly #leadUs: number;
  readonly #refuse: (firstUs: number) => boolean;
  readonly #entries = new Map<number, Entry>();
  readonly #ledger: GroupLedger;
  readonly #isHere = (sequence: number): boolean => this.#entries.has(sequence);
  #cursor: number | undefined;
  #lastUs: number | undefined;
  #intervalUs = 0;
  #frames = 0;
  #closed = false;
  #positionUs: number | undefined;
  constructor({ events, now, leadUs, refuse }: GroupBufferOptions) {
    this.#events = events;
    this.#now = now;
    this.#leadUs = leadUs;
    this.#refuse = refuse ?? (() => false);
    this.#ledger = new GroupLedger((outcome, count) => events.group(outcome, count));
  }
  /** Frames that wait. */
  get length(): number {
    return this.#frames;
  }
  /** Timestamp of the last frame handed out. */
  get lastUs(): number | undefined {
    return this.#lastUs;
  }
  group(group: Group): void {
    if (this.#closed || this.#entries.has(group.sequence) || !this.#ledger.admit(group.sequence)) return;
    const passed = this.#cursor !== undefined && group.sequence <= this.#cursor;
    const isNew = group.state.kind === "open" && group.frames.length === 0;
    const entry: Entry = { group, frames: [], detach: () => {}, taken: 0, passed, ...(isNew ? { beganMs: this.#now() } : {}) };
    this.#entries.set(group.sequence, entry);
    entry.detach = group.attach({
      frame: (frame) => this.#frame(entry, frame),
      finished: () => this.#finished(entry),
      aborted: () => this.#aborted(entry),
    });
  }
  dropped(drop: Drop): void {
    this.#begin();
    this.#ledger.notified(drop.first, drop.last, this.#isHere);
    this.#events.changed();
  }
  ended(): void {
    this.#events.ended();
  }
  aborted(error: LiteError): void {
    this.#events.ended(error);
  }

  /** The next frame to decode when the playhead is here; `undefined` if it has not come. */
  next(positionUs: number | undefined): BufferedFrame | undefined {
    for (;;) {
      this.passOver(positionUs);
      const entry = this.#current();
      if (!entry) return undefined;
      const frame = entry.frames.shift();
      if (frame) return this.#take(entry, frame);
      if (entry.group.state.kind === "open") return undefined;
      this.#advance(entry);
    }
  }
  /** Lets go of everything: a group that did not end is incomplete. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#begin();
    this.#ledger.reachEnd(this.#entries.keys(), this.#isHere);
    for (const entry of this.#entries.values()) {
      entry.detach();
      this.#tellOutcome(entry, entry.refused ? "skipped" : whatIsLeft(entry));
    }
    this.#entries.clear();
    this.#frames = 0;
    this.#ledger.close();
  }

  /** Play begins at the oldest group that is here. */
  #begin(): void {
    if (this.#cursor !== undefined || this.#entries.size === 0) return;
    this.#cursor = Math.min(...this.#entries.keys());
    this.#ledger.move(this.#cursor - 1, this.#cursor, this.#isHere);
  }
  #move(to: number): void {
    if (this.#cursor !== undefined) this.#ledger.move(this.#cursor, to, this.#isHere);
    this.#cursor = to;
  }
  #frame(entry: Entry, { payload: bytes, receivedMs, startedMs }: Frame): void {
    let frame: LegacyFrame;
    try {
      frame = LegacyFrame.decode(bytes);
    } catch (error) {
      return this.#events.invalid(error);
    }
    const { timestampUs, payload } = frame;
    const buffered: BufferedFrame = {
      group: entry.group.sequence,
      keyframe: entry.firstUs === undefined,
      timestampUs,
      payload,
      ...(startedMs === undefined ? {} : { startedMs }),
    };
    this.#events.received(buffered, receivedMs ?? this.#now());
    if (payload.byteLength === 0) return;
    if (entry.passed) return this.#events.dropped(1, "late");
    if (entry.firstUs === undefined && this.#refuse(timestampUs)) return this.#refused(entry);
    entry.frames.push(buffered);
    this.#frames++;
    if (entry.lastUs !== undefined && timestampUs > entry.lastUs) this.#intervalUs = timestampUs - entry.lastUs;
    entry.firstUs ??= timestampUs;
    entry.lastUs = timestampUs;
    this.#events.changed();
  }
  #refused(entry: Entry): void {
    this.#begin();
    this.#events.dropped(1, "passed");
    entry.passed = entry.refused = true;
    // The group may still be replaying its frames to us, before there is anything to detach.
    queueMicrotask(() => this.#entries.get(entry.group.sequence) === entry && this.#settle(entry, "skipped"));
  }
  #finished(entry: Entry): void {
    entry.finishedMs = this.#now();
    if (entry.refused) return;
    if (entry.passed) {
      const inTime = entry.overUs !== undefined && (this.#positionUs ?? 0) < entry.overUs;
      return this.#settle(entry, inTime ? "complete" : "late");
    }
    this.#events.changed();
  }
  #aborted(entry: Entry): void {
    if (entry.refused) return;
    if (entry.passed) return this.#settle(entry, "reset");
    this.#events.changed();
  }
  #settle(entry: Entry, outcome: GroupOutcome): void {
    entry.detach();
    this.#frames -= entry.frames.length;
    this.#entries.delete(entry.group.sequence);
    this.#tellOutcome(entry, outcome);
  }
  #tellOutcome({ group, beganMs, finishedMs }: Entry, outcome: GroupOutcome): void {
    this.#ledger.settle(group.sequence, outcome);
    if (outcome === "complete" && beganMs !== undefined && finishedMs !== undefined) this.#events.delivered?.(finishedMs - beganMs);
  }
  #take(entry: Entry, frame: BufferedFrame): BufferedFrame {
    this.#frames--;
    entry.taken++;
    if (this.#lastUs !== undefined && frame.keyframe && frame.timestampUs < this.#lastUs - rewindUs) this.#events.rewound();
    this.#lastUs = frame.timestampUs;
    if (entry.frames.length === 0 && entry.group.state.kind === "finished") this.#advance(entry);
    return frame;
  }
  #current(): Entry | undefined {
    if (this.#cursor === undefined) return undefined;
    const entry = this.#entries.get(this.#cursor);
    if (entry && !entry.passed) return entry;
    const following = this.#following(this.#cursor);
    if (!following || !this.#joins(following)) return undefined;
    this.#move(following.group.sequence);
    return following;
  }
  /** Whether a group may follow what was played last without waiting for what lies between. */
  #joins(entry: Entry): boolean {
    if (this.#cursor === undefined || entry.group.sequence === this.#cursor + 1) return true;
    if (this.#ledger.allSettled(this.#cursor + 1, entry.group.sequence - 1)) return true;
    return entry.firstUs !== undefined && this.#lastUs !== undefined && entry.firstUs <= this.#lastUs + this.#intervalUs * 1.5 + 1000;
  }
  #following(sequence: number): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries.values())
      if (entry.group.sequence > sequence && !entry.passed && (!best || entry.group.sequence < best.group.sequence)) best = entry;
    return best;
  }
  /** The current group has ended and all of it is taken. */
  #advance(entry: Entry): void {
    this.#settle(entry, entry.group.state.kind === "finished" ? "complete" : "reset");
  }
  /** Lets go of what is of no use any more: everything before the newest group that is due. */
  passOver(positionUs: number | undefined): void {
    this.#positionUs = positionUs;
    this.#begin();
    const cursor = this.#cursor;
    const target = cursor === undefined ? undefined : this.#newestDue(cursor, positionUs);
    if (cursor === undefined || !target || this.#isNext(cursor, target)) return;
    const older = [...this.#entries.values()].filter((entry) => !entry.passed && entry.group.sequence < target.group.sequence);
    for (const entry of older) this.#giveUp(entry, target.firstUs);
    this.#move(target.group.sequence);
  }
  /** Where play goes on though something lacks before: at the newest group that is due, since all before it is past. */
  #newestDue(cursor: number, positionUs: number | undefined): Entry | undefined {
    const limitUs = this.#frames > maxBufferedFrames ? Number.POSITIVE_INFINITY : (positionUs ?? Number.NEGATIVE_INFINITY);
    let newest: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.passed || entry.firstUs === undefined || entry.firstUs > limitUs || entry.group.sequence <= cursor) continue;
      if (!newest || entry.group.sequence > newest.group.sequence) newest = entry;
    }
    return newest ?? this.#nextAtHand(cursor, limitUs + this.#leadUs);
  }
  /** What has not come is not waited for to the last moment: the next group that holds frames, if it is due soon. All after it is in time. */
  #nextAtHand(cursor: number, limitUs: number): Entry | undefined {
    if (this.#entries.get(cursor)?.frames.length) return undefined;
    let next: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.passed || entry.frames.length === 0 || entry.group.sequence <= cursor) continue;
      if (!next || entry.group.sequence < next.group.sequence) next = entry;
    }
    return next?.firstUs !== undefined && next.firstUs <= limitUs ? next : undefined;
  }
  /** The group before it has ended and is wholly taken: the ordinary way on, nothing to pass over. */
  #isNext(cursor: number, target: Entry): boolean {
    const current = this.#entries.get(cursor);
    return !current && target === this.#following(cursor) && this.#joins(target);
  }
  #giveUp(entry: Entry, overUs: number | undefined): void {
    const left = entry.frames.length;
    if (left > 0) this.#events.dropped(left, "passed");
    const kind = entry.group.state.kind;
    if (left > 0 || entry.taken === 0) return this.#settle(entry, "skipped");
    if (kind !== "open") return this.#settle(entry, kind === "finished" ? "complete" : "reset");
    entry.passed = true;
    if (overUs !== undefined) entry.overUs = overUs;
  }
}

/** The outcome of a group that the player leaves: whole ones were complete, or late if the playhead had gone on. */
function whatIsLeft({ group, passed }: Entry): GroupOutcome {
  if (group.state.kind !== "finished") return group.state.kind === "aborted" ? "reset" : "incomplete";
  return passed ? "late" : "complete";
}
