import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { withSignal } from "../session/deadline.ts";
import { Group } from "./group.ts";

/** TRACK_INFO of moq-lite-05: what the publisher says of a track. */
export interface TrackInfo {
  readonly priority: number;
  readonly ordered: boolean;
  /** How long a group older than the latest is worth keeping, in milliseconds. */
  readonly maxLatencyMs: number;
  /** Timestamp units per second; never 0. */
  readonly timescale: number;
}
/** What a track has when nobody said otherwise. */
export const defaultTrackInfo: TrackInfo = { priority: 0, ordered: false, maxLatencyMs: 5000, timescale: 1000 };

/** What a reader asks for: the fields of SUBSCRIBE. */
export interface Wish {
  /** 0 to 255, higher is sent first. */
  readonly priority: number;
  readonly ordered: boolean;
  /** 0 means unset. */
  readonly maxLatencyMs: number;
  /** First group wanted; absent means the latest. */
  readonly start?: number;
  /** Last group wanted, inclusive; absent means all. */
  readonly end?: number;
}
export const defaultWish: Wish = { priority: 128, ordered: false, maxLatencyMs: 0 };

/** Groups that nobody will deliver, both ends inclusive, with the code that was given for it. */
export interface Drop {
  readonly first: number;
  readonly last: number;
  readonly code: number;
}

/** What a reader of a track is told, synchronously, groups in order of arrival; after `ended` or `aborted` nothing follows. */
export interface TrackReader {
  /** `cached` is true when the group began before the reader came. */
  group(group: Group, cached: boolean): void;
  dropped(drop: Drop): void;
  /** `end` is the first group that never will exist. */
  ended(end: number): void;
  aborted(error: LiteError): void;
}

export interface TrackOptions {
  readonly name: string;
  readonly info?: TrackInfo;
  readonly clock?: Clock;
  /** Told the merged wish of all readers whenever it changes, `undefined` when the last one left. */
  readonly onDemand?: (demand: Wish | undefined) => void;
  /** Asked for a group that is not cached; default: there are no others. */
  readonly onFetch?: (sequence: number) => Promise<Group>;
  /** Bytes of groups older than the latest that are kept at most. */
  readonly cacheBytes?: number;
}
/** Payload bytes of older groups that one track keeps, unless told otherwise. */
export const defaultTrackCacheBytes: number = 32 * 1024 * 1024;

/** Older groups that one track keeps at most, so that empty ones are bounded too. */
const trackCacheGroups = 4096;

interface Cached {
  readonly group: Group;
  readonly createdMs: number;
  /** Its bytes as they are in the track's sum. */
  counted: number;
}
type TrackEnd = { readonly kind: "ended"; readonly end: number } | { readonly kind: "aborted"; readonly error: LiteError };

/** A live sequence of groups with its cache: written by one publisher or one upstream subscription, read by any number. */
export class Track {
  readonly name: string;
  readonly info: TrackInfo;
  readonly #clock: Clock;
  readonly #onDemand: ((demand: Wish | undefined) => void) | undefined;
  readonly #onFetch: ((sequence: number) => Promise<Group>) | undefined;
  /** Under way, so that one answer serves all who ask. */
  readonly #fetching = new Map<number, Promise<Group>>();
  readonly #cacheBytes: number;
  readonly #readers = new Map<TrackReader, Wish>();
  readonly #cache = new Map<number, Cached>();
  /** Those whose bytes may have grown since they were counted. */
  readonly #growing = new Set<Cached>();
  #countedBytes = 0;
  #latest: Group | undefined;
  #end: TrackEnd | undefined;
  #demand: Wish | undefined;

  constructor(options: TrackOptions) {
    this.name = options.name;
    this.info = options.info ?? defaultTrackInfo;
    this.#clock = options.clock ?? systemClock;
    this.#onDemand = options.onDemand;
    this.#onFetch = options.onFetch;
    this.#cacheBytes = options.cacheBytes ?? defaultTrackCacheBytes;
  }
  /** The group with the highest sequence; always kept while the track lives. */
  get latest(): Group | undefined {
    return this.#latest;
  }
  get readers(): number {
    return this.#readers.size;
  }
  get ended(): boolean {
    return this.#end !== undefined;
  }
  /** Merged wish of all readers; `undefined` while nobody reads. */
  get demand(): Wish | undefined {
    return this.#demand;
  }
  /** A cached group, or `undefined`. */
  get(sequence: number): Group | undefined {
    return this.#cache.get(sequence)?.group;
  }
  /**
   * A group by its number: the cached one, else from the source, with the first frame there. What was fetched is not cached.
   * @throws LiteError `not_found`, `timeout`, `unsupported` where the source cannot be asked, or the signal's reason.
   */
  fetch(sequence: number, options: { readonly signal?: AbortSignal } = {}): Promise<Group> {
    const cached = this.get(sequence);
    if (cached && cached.state.kind !== "aborted") return Promise.resolve(cached);
    const known = this.#fetching.get(sequence);
    if (known) return withSignal(known, options.signal);
    if (!this.#onFetch)
      return Promise.reject(new LiteError(LiteErrorCode.notFound, `group ${sequence} of track "${this.name}" is not cached`));
    const asked = this.#ask(sequence, this.#onFetch);
    this.#fetching.set(sequence, asked);
    return withSignal(asked, options.signal);
  }
  async #ask(sequence: number, onFetch: (sequence: number) => Promise<Group>): Promise<Group> {
    try {
      return await onFetch(sequence);
    } finally {
      this.#fetching.delete(sequence);
    }
  }
  /** Payload bytes held. */
  get cachedBytes(): number {
    let bytes = 0;
    for (const { group } of this.#cache.values()) bytes += group.byteLength;
    return bytes;
  }
  /**
   * Begins a group; the default sequence is one after the latest. A sequence that is cached replaces that group only if
   * it was aborted.
   * @throws LiteError `protocol_violation` if the sequence is cached and whole or open, or the track has ended.
   */
  createGroup(sequence: number = (this.#latest?.sequence ?? -1) + 1): Group {
    if (this.#end) throw new LiteError(LiteErrorCode.protocolViolation, `track ${this.name} has ended; group ${sequence} cannot follow`);
    const known = this.#cache.get(sequence);
    if (known && known.group.state.kind !== "aborted")
      throw new LiteError(LiteErrorCode.protocolViolation, `group ${sequence} of track ${this.name} was begun twice`);
    const group = new Group(sequence);
    if (known) this.#uncount(known);
    const cached = { group, createdMs: this.#clock.now(), counted: 0 };
    this.#cache.set(sequence, cached);
    this.#growing.add(cached);
    if (!this.#latest || sequence >= this.#latest.sequence) this.#latest = group;
    this.#evict();
    for (const [reader, wish] of this.#readers) if (wants(wish, sequence)) reader.group(group, false);
    return group;
  }
  /** Says that these groups will not come. */
  drop(drop: Drop): void {
    for (const reader of this.#readers.keys()) reader.dropped(drop);
  }
  /** The track is complete; `end` is the first group that never will exist. */
  finish(end: number = (this.#latest?.sequence ?? -1) + 1): void {
    this.#close({ kind: "ended", end });
  }
  abort(error: LiteError): void {
    if (this.#end) return;
    for (const { group } of this.#cache.values()) group.abort(error);
    this.#close({ kind: "aborted", error });
  }
  /** Forgets every cached group; open ones are aborted. For a copy whose source is no longer followed. */
  clear(reason: LiteError): void {
    for (const { group } of this.#cache.values()) group.abort(reason);
    this.#cache.clear();
    this.#growing.clear();
    this.#countedBytes = 0;
    this.#latest = undefined;
  }
  /** Replays the latest group (or all cached from `wish.start` on) and follows what comes. */
  attach(reader: TrackReader, wish: Wish = defaultWish): TrackReading {
    if (this.#end?.kind === "aborted") {
      reader.aborted(this.#end.error);
      return { update() {}, detach() {} };
    }
    this.#readers.set(reader, wish);
    for (const group of this.#backlog(wish)) if (this.#readers.has(reader)) reader.group(group, true);
    if (this.#end?.kind === "ended") {
      this.#readers.delete(reader);
      reader.ended(this.#end.end);
      return { update() {}, detach() {} };
    }
    this.#merge();
    return {
      update: (next) => {
        if (!this.#readers.has(reader)) return;
        this.#readers.set(reader, next);
        this.#merge();
      },
      detach: () => {
        if (this.#readers.delete(reader)) this.#merge();
      },
    };
  }
  #backlog(wish: Wish): Group[] {
    if (wish.start === undefined) return this.#latest && wants(wish, this.#latest.sequence) ? [this.#latest] : [];
    return [...this.#cache.values()].map((c) => c.group).filter((g) => wants(wish, g.sequence));
  }
  #close(end: TrackEnd): void {
    if (this.#end) return;
    this.#end = end;
    const readers = [...this.#readers.keys()];
    this.#readers.clear();
    for (const reader of readers) {
      if (end.kind === "ended") reader.ended(end.end);
      else reader.aborted(end.error);
    }
    this.#merge();
  }
  /**
   * Lazily, when a group begins: older groups go by age, bytes and number, oldest first; open ones stay. Looks only at what grows
   * and at what goes: this runs for every group of every copy of a track.
   */
  #evict(): void {
    for (const cached of this.#growing) {
      this.#countedBytes += cached.group.byteLength - cached.counted;
      cached.counted = cached.group.byteLength;
      if (cached.group.state.kind !== "open") this.#growing.delete(cached);
    }
    const oldest = this.#clock.now() - this.info.maxLatencyMs;
    let bytes = this.#countedBytes - (this.#latest?.byteLength ?? 0);
    let groups = this.#cache.size - 1;
    for (const [sequence, cached] of this.#cache) {
      if (bytes <= this.#cacheBytes && groups <= trackCacheGroups && cached.createdMs >= oldest) return;
      if (cached.group === this.#latest) continue;
      bytes -= cached.counted;
      groups--;
      if (cached.group.state.kind === "open") continue;
      this.#cache.delete(sequence);
      this.#uncount(cached);
    }
  }
  #uncount(cached: Cached): void {
    this.#countedBytes -= cached.counted;
    this.#growing.delete(cached);
  }
  #merge(): void {
    const wishes = [...this.#readers.values()];
    const next = wishes.length === 0 ? undefined : wishes.reduce(merge);
    if (same(next, this.#demand)) return;
    this.#demand = next;
    this.#onDemand?.(next);
  }
}

/** A reader's hold on a track. */
export interface TrackReading {
  /** Replaces the wish. */
  update(wish: Wish): void;
  /** Stops it; may be called twice. */
  detach(): void;
}

function wants(wish: Wish, sequence: number): boolean {
  return (wish.start === undefined || sequence >= wish.start) && (wish.end === undefined || sequence <= wish.end);
}
/** Highest priority, ordered only if all are, longest patience, earliest explicit start, no end if any has none. */
function merge(a: Wish, b: Wish): Wish {
  const start = a.start === undefined ? b.start : b.start === undefined ? a.start : Math.min(a.start, b.start);
  const end = a.end === undefined || b.end === undefined ? undefined : Math.max(a.end, b.end);
  const patience = a.maxLatencyMs === 0 || b.maxLatencyMs === 0 ? 0 : Math.max(a.maxLatencyMs, b.maxLatencyMs);
  return {
    priority: Math.max(a.priority, b.priority),
    ordered: a.ordered && b.ordered,
    maxLatencyMs: patience,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}
function same(a: Wish | undefined, b: Wish | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.priority === b.priority && a.ordered === b.ordered && a.maxLatencyMs === b.maxLatencyMs && a.start === b.start && a.end === b.end
  );
}
