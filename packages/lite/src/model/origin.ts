import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { WireCode } from "../wire/code.ts";
import type { Broadcast } from "./broadcast.ts";
import { CachePool } from "./cache-pool.ts";
import { Content, type ContentOptions, publishes, type Source } from "./content.ts";
import { type Path, suffixOf } from "./path.ts";
import { publisherOf, type Route, type RouteOptions, sameHops, samePublisher } from "./route.ts";
import { defaultTrackCacheBytes, type Track } from "./track.ts";

/** What a reader of an origin is told, synchronously; `path` is the full path. */
export interface OriginReader {
  /** A second call for a live path means another route to the same publisher. */
  active(route: Route): void;
  ended(path: Path): void;
}
export interface OriginReading {
  detach(): void;
}
/**
 * Takes a source back; may be called twice. With `lingerMs` its path stays announced for so long, as for a publisher that was lost
 * without a word and may come back: the same publisher resumes it, another one replaces it at once (relay-behaviour §3).
 */
export interface Unpublish {
  (options?: { readonly lingerMs?: number }): void;
  /** The source says something else of its way to the broadcast. Another publisher (first hop) takes over, as if it were published anew. */
  reroute(change: RouteOptions): void;
}
export interface OriginOptions {
  readonly clock?: Clock;
  /** Where the groups are kept that are read of routes with hops. */
  readonly cache?: OriginCache;
}
/** Bounds of what an origin caches. */
export interface OriginCache {
  /** Default: no bound for all tracks together. */
  readonly pool?: CachePool;
  /** Payload bytes of older groups that one track keeps; default 32 MiB. */
  readonly trackBytes?: number;
  /** How long older groups are kept at most, milliseconds, if the publisher's max latency does not end it before; default: no other limit. */
  readonly maxAgeMs?: number;
}

/**
 * The table of broadcasts that a process offers, and who is told of changes. One publisher is served per path: the newest. Its routes
 * stand in for one another without their readers noticing; publishers that were displaced stand by (relay-behaviour §1 to §3).
 */
export class Origin {
  /** This process among the hops: random, not 0, at most 2^53 - 1. */
  readonly id: bigint;
  readonly #content: ContentOptions;
  /** By path: announced ones first, of these the one that took over last. */
  readonly #contents = new Map<Path, Content[]>();
  readonly #readers = new Set<Reader>();
  constructor(id: bigint = randomHopId(), { clock = systemClock, cache = {} }: OriginOptions = {}) {
    this.id = id;
    const { pool = new CachePool(), trackBytes = defaultTrackCacheBytes, maxAgeMs = Number.POSITIVE_INFINITY } = cache;
    this.#content = { clock, cache: { pool, bytes: trackBytes, maxAgeMs } };
  }
  /** Every announced path. */
  get paths(): readonly Path[] {
    return [...this.#contents].filter(([, [first]]) => first?.announced).map(([path]) => path);
  }
  /** Payload bytes that are cached of routes with hops. */
  get cachedBytes(): number {
    return this.#content.cache.pool.bytes;
  }
  /** The tracks that are read of routes with hops, or were a moment ago, with their full paths. */
  *tracks(): IterableIterator<readonly [path: Path, track: Track]> {
    for (const [path, contents] of this.#contents) {
      for (const content of contents) for (const track of content.tracks()) yield [path, track];
    }
  }
  /** Offers a broadcast; the returned function takes it back. Announced, it takes the path over from another publisher. */
  publish(path: Path, broadcast: Broadcast, options: RouteOptions = {}): Unpublish {
    const source: Source = { route: { path, broadcast, hops: [], cost: 0, announced: true, ...options } };
    this.#add(source);
    this.#tell(path);
    const unpublish = ({ lingerMs = 0 } = {}): void => {
      this.#remove(source, lingerMs);
      this.#tell(path);
    };
    const reroute = (change: RouteOptions): void => {
      if (!this.#holding(source)) return;
      const before = source.route;
      const route = { ...before, ...change };
      if (samePublisher(before, route) && (before.announced || !route.announced)) this.#move(source, route);
      else {
        this.#remove(source, 0);
        source.route = route;
        this.#add(source);
      }
      this.#tell(path);
    };
    return Object.assign(unpublish, { reroute });
  }
  #holding(source: Source): Content | undefined {
    return this.#contents.get(source.route.path)?.find((content) => content.has(source));
  }
  #add(source: Source): void {
    const { path, announced } = source.route;
    const contents = this.#contents.get(path) ?? [];
    const known = contents.find((content) => publishes(content, source));
    const content = known ?? new Content(publisherOf(source.route), this.#content);
    const others = contents.filter((other) => other !== content);
    content.add(source);
    if (!announced) return void this.#contents.set(path, known ? contents : sorted([...contents, content]));
    this.#contents.set(path, sorted([content, ...others.filter((other) => !other.empty)]));
    if (contents[0] !== content) for (const other of others) displace(other, path);
  }
  /** The same publisher by another way: no new source, so it displaces nobody. */
  #move(source: Source, route: Route): void {
    const content = this.#holding(source);
    content?.remove(source);
    source.route = route;
    content?.add(source);
    this.#contents.set(route.path, sorted(this.#contents.get(route.path) ?? []));
  }
  #remove(source: Source, lingerMs: number): void {
    const { path, announced } = source.route;
    const contents = this.#contents.get(path) ?? [];
    const content = contents.find((one) => one.has(source) || one.awaits(source));
    if (!content) return;
    if (content.awaits(source)) {
      if (lingerMs === 0) this.#over(content, source);
      return;
    }
    content.remove(source);
    if (!content.empty) return void this.#contents.set(path, sorted(contents));
    const alone = !contents.some((other) => other !== content && other.announced);
    if (announced && lingerMs > 0 && alone) return content.linger(source, lingerMs, () => this.#over(content, source));
    this.#drop(content, path);
  }
  /** A publisher that was lost did not come back. */
  #over(content: Content, { route: { path } }: Source): void {
    content.abort(new LiteError(LiteErrorCode.notFound, `the publisher of "${path}" was lost`, { wireCode: WireCode.dropped }));
    this.#drop(content, path);
    this.#tell(path);
  }
  #drop(content: Content, path: Path): void {
    const left = (this.#contents.get(path) ?? []).filter((other) => other !== content);
    if (left.length > 0) this.#contents.set(path, left);
    else this.#contents.delete(path);
    content.end();
  }
  /**
   * The route that is served, skipping those that came through `exclude`; its broadcast is the publisher's, over whichever route is
   * best. One that is not announced is found too, where there is no other.
   */
  route(path: Path, exclude?: bigint): Route | undefined {
    for (const content of this.#contents.get(path) ?? []) {
      const route = content.route(exclude);
      if (route) return content.read(route, exclude);
    }
    return undefined;
  }
  /** Tells of every broadcast below `prefix` at once, then of changes. Routes through `exclude` are left out. */
  attach(prefix: Path, reader: OriginReader, exclude?: bigint): OriginReading {
    const entry: Reader = { prefix, reader, exclude, told: new Map() };
    this.#readers.add(entry);
    for (const path of this.#contents.keys()) this.#update(entry, path);
    return { detach: () => void this.#readers.delete(entry) };
  }
  #tell(path: Path): void {
    for (const entry of this.#readers) this.#update(entry, path);
  }
  #update({ prefix, reader, exclude, told }: Reader, path: Path): void {
    if (suffixOf(path, prefix) === undefined) return;
    const before = told.get(path);
    const found = this.#toAnnounce(path, exclude);
    const now = found?.route;
    if (before === now) return;
    const same = before !== undefined && now !== undefined && samePublisher(before, now);
    if (before && !same) {
      told.delete(path);
      reader.ended(path);
    }
    if (!found || !now) return;
    told.set(path, now);
    if (!same || !sameHops(before, now)) reader.active(found.content.read(now, exclude));
  }
  #toAnnounce(path: Path, exclude: bigint | undefined): { readonly content: Content; readonly route: Route } | undefined {
    for (const content of this.#contents.get(path) ?? []) {
      const route = content.route(exclude);
      if (route?.announced) return { content, route };
    }
    return undefined;
  }
}

interface Reader {
  readonly prefix: Path;
  readonly reader: OriginReader;
  readonly exclude: bigint | undefined;
  readonly told: Map<Path, Route>;
}

/** Its readers turn to who took over; it stands by, unless it only waited for its publisher. */
function displace(content: Content, path: Path): void {
  content.abort(new LiteError(LiteErrorCode.old, `another publisher took "${path}" over`));
  if (content.empty) content.end();
}
/** Announced before offline, else as they stand. */
function sorted(contents: readonly Content[]): Content[] {
  return [...contents.filter((content) => content.announced), ...contents.filter((content) => !content.announced)];
}
/** Random, not 0, at most 2^53 - 1: older JavaScript peers throw above it. */
export function randomHopId(): bigint {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (BigInt(high & 0x1fffff) << 32n) | BigInt(low) || 1n;
}
