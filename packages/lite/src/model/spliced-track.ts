import type { Clock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { toLiteError } from "../session/errors.ts";
import type { Broadcast } from "./broadcast.ts";
import type { CachePool } from "./cache-pool.ts";
import type { Group } from "./group.ts";
import { type Drop, Track, type TrackReader, type TrackReading, type Wish } from "./track.ts";

/** Sources that are read at once at most: the one that serves, and those whose last groups are still coming (relay-behaviour §3). */
const depth = 3;

export interface SplicedTrackOptions {
  readonly name: string;
  /** The source that was found first, and its track, whose info is this one's. */
  readonly found: FoundTrack;
  readonly clock: Clock;
  readonly cache: { readonly pool: CachePool; readonly bytes: number; readonly maxAgeMs: number };
  /** Told when the last reader has left, or the first has come. */
  readonly onIdle: (idle: boolean) => void;
  /** Told once when nothing will come any more. */
  readonly onOver: () => void;
}
export interface FoundTrack {
  readonly broadcast: Broadcast;
  readonly track: Track;
}
/** Where a track may be read, best first. */
export interface Sources {
  readonly broadcasts: readonly Broadcast[];
  /** No other will come: what none of these has is not to be had. */
  readonly final: boolean;
}

/**
 * A track whose source may change under its readers: groups up to the boundary come from one, those behind it from the next, each once.
 * Its groups are those of its sources, not copies. While somebody reads, one subscription is open at the best source.
 */
export class SplicedTrack {
  readonly track: Track;
  readonly #options: SplicedTrackOptions;
  readonly #refusals = new Map<Broadcast, LiteError>();
  #sources: Sources;
  #serving: Segment | undefined;
  /** Subscribed, and taking over with its first group. */
  #next: Segment | undefined;
  /** Whose groups under way are still read. */
  readonly #retired: Segment[] = [];
  #highest = -1;
  /** The source that was asked last: it need not be asked again, and its subscription begins at once. */
  #found: FoundTrack;
  constructor(sources: Sources, options: SplicedTrackOptions) {
    const { name, found, clock, cache } = options;
    this.#sources = sources;
    this.#found = found;
    this.#options = options;
    this.track = new Track({
      name,
      info: found.track.info,
      clock,
      cacheBytes: cache.bytes,
      cacheMs: cache.maxAgeMs,
      pool: cache.pool,
      onDemand: (wish) => this.#demanded(wish),
      onFetch: (sequence, { signal }) => this.#fetch(sequence, signal),
    });
  }
  /** Replaces the sources; what serves goes on until a better one has its first group. */
  update(sources: Sources): void {
    this.#sources = sources;
    for (const broadcast of this.#refusals.keys()) if (!sources.broadcasts.includes(broadcast)) this.#refusals.delete(broadcast);
    this.#choose();
  }
  abort(error: LiteError): void {
    this.track.abort(error);
    this.#leave();
  }
  #demanded(wish: Wish | undefined): void {
    if (wish) {
      this.#options.onIdle(false);
      this.#serving?.update(wish);
      this.#next?.update(wish);
      return this.#choose();
    }
    this.#leave();
    if (this.track.ended) return this.#options.onOver();
    this.track.clear(new LiteError(LiteErrorCode.cancelled, `track "${this.track.name}" is no longer followed`));
    this.#highest = -1;
    this.#refusals.clear();
    this.#options.onIdle(true);
  }
  #choose(): void {
    const wish = this.track.demand;
    if (!wish || this.track.ended) return;
    const best = this.#sources.broadcasts.find((broadcast) => !this.#refusals.has(broadcast));
    if (best === undefined) return this.#without();
    if (best === this.#serving?.broadcast) {
      this.#next?.leave();
      this.#next = undefined;
    } else if (best !== this.#next?.broadcast) {
      this.#next?.leave();
      this.#next = new Segment(best, this, this.#highest + 1);
      if (best === this.#found.broadcast && !this.#found.track.ended) this.#next.attach(this.#found.track, wish);
      else void this.#subscribe(this.#next); // Never rejects.
    }
  }
  /** No source is left to try: one that is lost may come back, one that refused will not. */
  #without(): void {
    if (this.#serving) return;
    const last = [...this.#refusals.values()].at(-1);
    if (!this.#sources.final && (last === undefined || last.code === LiteErrorCode.transportClosed)) return;
    this.track.abort(last ?? new LiteError(LiteErrorCode.notFound, `track "${this.track.name}" has no source any more`));
  }
  async #subscribe(segment: Segment): Promise<void> {
    try {
      const source = await segment.broadcast.track(this.track.name, { signal: segment.left });
      if (segment.left.aborted || !this.track.demand) return;
      if (source.info.timescale !== this.track.info.timescale)
        throw new LiteError(LiteErrorCode.unsupported, `track "${source.name}" has another timescale at its next source`);
      this.#found = { broadcast: segment.broadcast, track: source };
      segment.attach(source, this.track.demand);
    } catch (cause) {
      this.lost(segment, toLiteError(cause));
    }
  }
  async #fetch(sequence: number, signal: AbortSignal): Promise<Group> {
    let last = new LiteError(LiteErrorCode.notFound, `group ${sequence} of track "${this.track.name}" has no source`);
    for (const broadcast of this.#sources.broadcasts) {
      try {
        const source = await broadcast.track(this.track.name, { signal });
        return await source.fetch(sequence, { signal });
      } catch (cause) {
        last = toLiteError(cause);
        if (signal.aborted) break;
      }
    }
    throw last;
  }
  /** A segment has a group. */
  began(segment: Segment, group: Group, cached: boolean): void {
    if (segment === this.#next) this.#takeOver(segment);
    const known = this.track.get(group.sequence);
    if (!segment.serves(group.sequence) || (known && known.state.kind !== "aborted")) return;
    this.#highest = Math.max(this.#highest, group.sequence);
    this.track.take(group, cached);
  }
  dropped(segment: Segment, drop: Drop): void {
    if (segment !== (this.#serving ?? this.#next)) return;
    const first = Math.max(drop.first, segment.floor);
    if (first <= drop.last) this.track.drop({ ...drop, first });
  }
  ended(segment: Segment, end: number): void {
    if (segment === (this.#serving ?? this.#next)) return this.track.finish(end);
    this.lost(segment, new LiteError(LiteErrorCode.notFound, `track "${this.track.name}" has ended at this source`));
  }
  /** A segment has no more to give. */
  lost(segment: Segment, error: LiteError): void {
    if (segment.left.aborted) return;
    segment.leave();
    const retired = this.#retired.indexOf(segment);
    if (retired >= 0) return void this.#retired.splice(retired, 1);
    if (segment === this.#serving) this.#serving = undefined;
    if (segment === this.#next) this.#next = undefined;
    if (this.#sources.broadcasts.includes(segment.broadcast) || this.#sources.final) this.#refusals.set(segment.broadcast, error);
    this.#choose();
  }
  /** From the next group on this segment serves; groups that are under way still come from where they began. */
  #takeOver(segment: Segment): void {
    const before = this.#serving;
    this.#serving = segment;
    this.#next = undefined;
    segment.floor = Math.max(segment.floor, this.#highest + 1);
    if (!before) return;
    before.retire(this.#highest);
    this.#retired.push(before);
    if (this.#retired.length >= depth) this.#retired.shift()?.leave();
    void Promise.all(this.track.open().map((group) => group.closed)).then(() => this.lost(before, retiredError)); // `closed` never rejects.
  }
  #leave(): void {
    for (const segment of [this.#serving, this.#next, ...this.#retired]) segment?.leave();
    this.#serving = undefined;
    this.#next = undefined;
    this.#retired.length = 0;
  }
}

const retiredError = new LiteError(LiteErrorCode.cancelled, "another source serves");
const left = new LiteError(LiteErrorCode.cancelled, "this source is no longer read");

/** One source of a track, from the boundary at which it took over to the one at which it was replaced. */
class Segment implements TrackReader {
  readonly broadcast: Broadcast;
  /** First group that is taken from it; 0 for whatever it begins with. */
  floor: number;
  readonly #owner: SplicedTrack;
  readonly #stop = new AbortController();
  #ceiling = Number.POSITIVE_INFINITY;
  #wish: Wish | undefined;
  #reading: TrackReading | undefined;
  constructor(broadcast: Broadcast, owner: SplicedTrack, floor: number) {
    this.broadcast = broadcast;
    this.floor = floor;
    this.#owner = owner;
  }
  /** Fires when it is not read any more. */
  get left(): AbortSignal {
    return this.#stop.signal;
  }
  serves(sequence: number): boolean {
    return sequence >= this.floor && sequence <= this.#ceiling;
  }
  attach(source: Track, wish: Wish): void {
    this.#wish = wish;
    const reading = source.attach(this, this.#bounded(wish));
    if (this.left.aborted) reading.detach();
    else this.#reading = reading;
  }
  update(wish: Wish): void {
    this.#wish = wish;
    this.#reading?.update(this.#bounded(wish));
  }
  /** Only groups up to this one are taken from now on. */
  retire(ceiling: number): void {
    this.#ceiling = ceiling;
    if (this.#wish) this.update(this.#wish);
  }
  leave(): void {
    this.#stop.abort(left);
    this.#reading?.detach();
  }
  group(group: Group, cached: boolean): void {
    if (!this.left.aborted) this.#owner.began(this, group, cached);
  }
  dropped(drop: Drop): void {
    if (!this.left.aborted) this.#owner.dropped(this, drop);
  }
  ended(end: number): void {
    if (!this.left.aborted) this.#owner.ended(this, end);
  }
  aborted(error: LiteError): void {
    this.#owner.lost(this, error);
  }
  /** What readers want of this source: behind a boundary the groups that they have not had. */
  #bounded(wish: Wish): Wish {
    const start = this.floor > 0 ? { start: Math.max(wish.start ?? 0, this.floor) } : {};
    const end = Number.isFinite(this.#ceiling) ? { end: Math.min(wish.end ?? this.#ceiling, this.#ceiling) } : {};
    return { ...wish, ...start, ...end };
  }
}
