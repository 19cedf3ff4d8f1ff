import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { CachePool } from "./cache-pool.ts";
import { Fetches, type FetchGroup } from "./fetches.ts";
import { type Frame, Group } from "./group.ts";
import { GroupCache } from "./group-cache.ts";
import { RecentDatagrams } from "./recent-datagrams.ts";

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
  /** Asked for a group that is not cached, once however many want it; default: there are no others. */
  readonly onFetch?: FetchGroup;
  /** Bytes of groups older than the latest that are kept at most. */
  readonly cacheBytes?: number;
  /** How long they are kept at most, milliseconds, if the publisher's max latency does not end it before; default: no other limit. */
  readonly cacheMs?: number;
  /** Bounds the bytes of this track together with those of others. */
  readonly pool?: CachePool;
}
/** Payload bytes of older groups that one track keeps, unless told otherwise. */
export const defaultTrackCacheBytes: number = 32 * 1024 * 1024;

/** Payload bytes that go in a datagram whatever the numbers ahead of them: 1200 with them (moq-lite §9.6). */
const datagramPayloadBytes = 1176;

type TrackEnd = { readonly kind: "ended"; readonly end: number } | { readonly kind: "aborted"; readonly error: LiteError };

/** A live sequence of groups with its cache: written by one publisher or one upstream subscription, read by any number. */
export class Track {
  readonly name: string;
  readonly info: TrackInfo;
  readonly #onDemand: ((demand: Wish | undefined) => void) | undefined;
  readonly #fetches: Fetches | undefined;
  readonly #readers = new Map<TrackReader, Wish>();
  readonly #cache: GroupCache;
  readonly #datagrams: RecentDatagrams;
  /** One above the highest sequence so far. */
  #next = 0;
  #end: TrackEnd | undefined;
  #demand: Wish | undefined;

  constructor(options: TrackOptions) {
    this.name = options.name;
    this.info = options.info ?? defaultTrackInfo;
    const { clock = systemClock, cacheBytes = defaultTrackCacheBytes, cacheMs = Number.POSITIVE_INFINITY, pool, onFetch } = options;
    this.#onDemand = options.onDemand;
    this.#fetches = onFetch && new Fetches(onFetch);
    this.#cache = new GroupCache({
      clock,
      maxAgeMs: Math.min(this.info.maxLatencyMs, cacheMs),
      maxBytes: cacheBytes,
      datagramBytes: () => this.#datagrams.bytes,
      ...(pool ? { pool } : {}),
    });
    this.#datagrams = new RecentDatagrams(clock);
  }
  /** The group with the highest sequence, datagrams aside; always kept while the track lives. */
  get latest(): Group | undefined {
    return this.#cache.latest;
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
  /** A cached group, or `undefined`; never a datagram. */
  get(sequence: number): Group | undefined {
    return this.#cache.get(sequence);
  }
  /**
   * A group by its number: the cached one, else from the source, with the first frame there. What was fetched is not cached.
   * @throws LiteError `not_found`, `timeout`, `unsupported` where the source cannot be asked, or the signal's reason.
   */
  fetch(sequence: number, options: { readonly signal?: AbortSignal } = {}): Promise<Group> {
    const cached = this.get(sequence);
    if (cached && cached.state.kind !== "aborted") {
      this.#cache.used(sequence);
      return Promise.resolve(cached);
    }
    if (!this.#fetches)
      return Promise.reject(new LiteError(LiteErrorCode.notFound, `group ${sequence} of track "${this.name}" is not cached`));
    return this.#fetches.fetch(sequence, options.signal);
  }
  /** Payload bytes held. */
  get cachedBytes(): number {
    return this.#cache.bytes;
  }
  /** Groups held. */
  get cachedGroups(): number {
    return this.#cache.size;
  }
  /** Cached groups that have not ended, in order of arrival. */
  open(): Group[] {
    return [...this.#cache].filter((group) => group.state.kind === "open");
  }
  /**
   * Begins a group; the default sequence is one after the latest. A sequence that is cached replaces that group only if
   * it was aborted.
   * @throws LiteError `protocol_violation` if the sequence is cached and whole or open, or the track has ended.
   */
  createGroup(sequence: number = this.#next): Group {
    this.#check(sequence);
    const group = new Group(sequence);
    this.#cache.add(group);
    this.#tell(group);
    return group;
  }
  /**
   * Takes in a group of another track, which goes on being written there; `cached` when it began before it was asked for.
   * @throws LiteError as `createGroup`.
   */
  take(group: Group, cached: boolean): void {
    this.#check(group.sequence);
    if (group.datagram) this.#datagrams.add(group);
    else this.#cache.add(group);
    this.#tell(group, cached);
  }
  /**
   * Sends one frame as a group of its own, in a datagram: at once or never, and only to those whose transport has datagrams. A frame
   * above 1176 bytes, or before time 0, does not fit in one and becomes an ordinary group.
   * @throws LiteError as `createGroup`.
   */
  datagram(frame: Frame, sequence: number = this.#next): Group {
    if (frame.payload.byteLength <= datagramPayloadBytes && frame.timestamp >= 0) return this.forwardDatagram(frame, sequence);
    const group = this.createGroup(sequence);
    group.append(frame);
    group.finish();
    return group;
  }
  /** The same for one that came as a datagram and never becomes anything else, whatever its size. @throws LiteError as `createGroup`. */
  forwardDatagram(frame: Frame, sequence: number): Group {
    this.#check(sequence);
    const group = new Group(sequence, { datagram: true });
    group.append(frame);
    group.finish();
    this.#datagrams.add(group);
    this.#tell(group);
    return group;
  }
  #check(sequence: number): void {
    if (this.#end) throw new LiteError(LiteErrorCode.protocolViolation, `track ${this.name} has ended; group ${sequence} cannot follow`);
    const known = this.#cache.get(sequence);
    if ((known && known.state.kind !== "aborted") || this.#datagrams.has(sequence))
      throw new LiteError(LiteErrorCode.protocolViolation, `group ${sequence} of track ${this.name} was begun twice`);
  }
  #tell(group: Group, cached = false): void {
    this.#next = Math.max(this.#next, group.sequence + 1);
    for (const [reader, wish] of this.#readers) if (wants(wish, group.sequence)) reader.group(group, cached);
  }
  /** Says that these groups will not come. */
  drop(drop: Drop): void {
    for (const reader of this.#readers.keys()) reader.dropped(drop);
  }
  /** The track is complete; `end` is the first group that never will exist. */
  finish(end: number = this.#next): void {
    this.#close({ kind: "ended", end });
  }
  abort(error: LiteError): void {
    if (this.#end) return;
    for (const group of this.#cache) group.abort(error);
    this.#close({ kind: "aborted", error });
  }
  /** Forgets every cached group; open ones are aborted. For a copy whose source is no longer followed. */
  clear(reason: LiteError): void {
    for (const group of this.#cache) group.abort(reason);
    this.#cache.clear();
    this.#datagrams.clear();
    this.#next = 0;
  }
  /** Forgets every cached group and leaves them as they are: nobody finds this track any more. */
  release(): void {
    this.#cache.clear();
    this.#datagrams.clear();
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
    const latest = this.#cache.latest ? [this.#cache.latest] : [];
    return [...(wish.start === undefined ? latest : this.#cache), ...this.#datagrams].filter((group) => wants(wish, group.sequence));
  }
  #close(end: TrackEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#cache.rest();
    const readers = [...this.#readers.keys()];
    this.#readers.clear();
    for (const reader of readers) {
      if (end.kind === "ended") reader.ended(end.end);
      else reader.aborted(end.error);
    }
    this.#merge();
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
