import type { Drop, Group, LiteError, TrackReader } from "@moqscope/lite";
import { LegacyFrame } from "../../container/legacy.ts";
import { Holes } from "./holes.ts";

/** How a group ended, for the player (metrics.md §2). */
export type GroupOutcome = "complete" | "late" | "skipped" | "incomplete" | "reset" | "missing";
/** A frame as it waits for its decoder. */
export interface BufferedFrame {
  readonly group: number;
  readonly keyframe: boolean;
  readonly timestampUs: number;
  readonly payload: Uint8Array;
}
export interface GroupBufferEvents {
  /** A frame came; `arrivalMs` is monotonic. Called for every frame, wanted or not. */
  received(frame: BufferedFrame, arrivalMs: number): void;
  /** Frames that will never reach a decoder: too late, or passed over because a newer group was due. */
  dropped(count: number, why: "late" | "passed"): void;
  group(outcome: GroupOutcome, count: number): void;
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
  readonly #holes: Holes;
  #cursor: number | undefined;
  #firstSequence: number | undefined;
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
    this.#holes = new Holes((outcome, count) => events.group(outcome, count));
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
    if (this.#closed || this.#entries.has(group.sequence)) return;
    const passed = this.#cursor !== undefined && group.sequence <= this.#cursor;
    // Between the first group and the playhead, what is no open hole has had its outcome already.
    if (passed && !this.#holes.filled(group.sequence) && group.sequence >= (this.#firstSequence ?? 0)) return;
    const entry: Entry = { group, frames: [], detach: () => {}, taken: 0, passed };
    this.#entries.set(group.sequence, entry);
    entry.detach = group.attach({
      frame: (frame) => this.#frame(entry, frame.payload, frame.receivedMs ?? this.#now()),
      finished: () => this.#finished(entry),
      aborted: () => this.#aborted(entry),
    });
  }
  dropped(drop: Drop): void {
    if (this.#cursor === undefined) return;
    this.#holes.notified(Math.max(drop.first, this.#cursor + 1), drop.last, (sequence) => this.#entries.has(sequence));
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
    this.#positionUs = positionUs;
    if (this.#cursor === undefined && this.#entries.size > 0) this.#cursor = this.#firstSequence = Math.min(...this.#entries.keys());
    for (;;) {
      this.#passOver(positionUs);
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
    for (const entry of this.#entries.values()) {
      entry.detach();
      this.#events.group(entry.refused ? "skipped" : whatIsLeft(entry), 1);
    }
    this.#entries.clear();
    this.#frames = 0;
    this.#holes.close();
  }

  #frame(entry: Entry, bytes: Uint8Array, arrivalMs: number): void {
    let frame: LegacyFrame;
    try {
      frame = LegacyFrame.decode(bytes);
    } catch (error) {
      return this.#events.invalid(error);
    }
    const { timestampUs, payload } = frame;
    const buffered: BufferedFrame = { group: entry.group.sequence, keyframe: entry.firstUs === undefined, timestampUs, payload };
    this.#events.received(buffered, arrivalMs);
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
    this.#events.dropped(1, "passed");
    entry.passed = entry.refused = true;
    // The group may still be replaying its frames to us, before there is anything to detach.
    queueMicrotask(() => this.#entries.get(entry.group.sequence) === entry && this.#settle(entry, "skipped"));
  }
  #finished(entry: Entry): void {
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
    this.#events.group(outcome, 1);
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
    this.#holes.between(this.#cursor, following.group.sequence);
    this.#cursor = following.group.sequence;
    return following;
  }
  /** Whether a group may follow what was played last without waiting for what lies between. */
  #joins(entry: Entry): boolean {
    if (this.#cursor === undefined || entry.group.sequence === this.#cursor + 1) return true;
    if (this.#holes.allNotified(this.#cursor + 1, entry.group.sequence - 1)) return true;
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
  /** A newer group that is due already makes everything before it useless. */
  #passOver(positionUs: number | undefined): void {
    const cursor = this.#cursor;
    const target = cursor === undefined ? undefined : this.#newestDue(cursor, positionUs);
    if (cursor === undefined || !target || this.#isNext(cursor, target)) return;
    const older = [...this.#entries.values()].filter((entry) => !entry.passed && entry.group.sequence < target.group.sequence);
    for (const entry of older) this.#giveUp(entry, target.firstUs);
    this.#holes.between(cursor, target.group.sequence);
    this.#cursor = target.group.sequence;
  }
  #newestDue(cursor: number, positionUs: number | undefined): Entry | undefined {
    // Frames that are here may still be in time; what has not come is not waited for to the last moment.
    const leadUs = this.#entries.get(cursor)?.frames.length ? 0 : this.#leadUs;
    const limitUs = this.#frames > maxBufferedFrames ? Number.POSITIVE_INFINITY : (positionUs ?? Number.NEGATIVE_INFINITY) + leadUs;
    let newest: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.passed || entry.firstUs === undefined || entry.firstUs > limitUs || entry.group.sequence <= cursor) continue;
      if (!newest || entry.group.sequence > newest.group.sequence) newest = entry;
    }
    return newest;
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
