import type { Clock } from "../clock.ts";
import type { CachePool, PooledCache } from "./cache-pool.ts";
import type { Group } from "./group.ts";

/** Older groups that one track keeps at most, so that empty ones are bounded too. */
const cacheGroups = 4096;
/** How soon an older group that was too old but still open is looked at again, milliseconds. */
const againMs = 1000;
/** A timer cannot be set for much more than 24 days. */
const longestMs = 60_000;

interface Cached {
  readonly group: Group;
  /** When it came, or was fetched last. */
  usedMs: number;
  /** Its bytes as they are in the sum. */
  counted: number;
}
export interface GroupCacheOptions {
  readonly clock: Clock;
  /** Age at which an older group goes, milliseconds. */
  readonly maxAgeMs: number;
  /** Bytes of older groups. */
  readonly maxBytes: number;
  /** Shared with other tracks. */
  readonly pool?: CachePool;
  /** Bytes that the track holds beside its cached groups. */
  readonly datagramBytes: () => number;
}

/** The groups of one track: the latest always, older ones by age, bytes and number. Age is seen by a timer, the rest when a group begins. */
export class GroupCache implements PooledCache {
  readonly #options: GroupCacheOptions;
  /** In order of arrival. */
  readonly #groups = new Map<number, Cached>();
  /** The one used longest ago first. */
  readonly #byUse = new Set<Cached>();
  /** Those whose bytes may have grown since they were counted. */
  readonly #growing = new Set<Cached>();
  #countedBytes = 0;
  #latest: Group | undefined;
  #cancel: (() => void) | undefined;
  constructor(options: GroupCacheOptions) {
    this.#options = options;
  }
  /** The group with the highest sequence. */
  get latest(): Group | undefined {
    return this.#latest;
  }
  /** Groups held. */
  get size(): number {
    return this.#groups.size;
  }
  /** Payload bytes held. */
  get bytes(): number {
    let bytes = this.#options.datagramBytes();
    for (const { group } of this.#groups.values()) bytes += group.byteLength;
    return bytes;
  }
  get(sequence: number): Group | undefined {
    return this.#groups.get(sequence)?.group;
  }
  /** In order of arrival. */
  *[Symbol.iterator](): IterableIterator<Group> {
    for (const { group } of this.#groups.values()) yield group;
  }
  /** Takes a group in, in place of one with the same sequence, and lets go what is over a bound. */
  add(group: Group): void {
    const { clock, pool } = this.#options;
    const known = this.#groups.get(group.sequence);
    if (known) this.#drop(known);
    const cached = { group, usedMs: clock.now(), counted: 0 };
    this.#groups.set(group.sequence, cached);
    this.#byUse.add(cached);
    this.#growing.add(cached);
    pool?.join(this);
    pool?.count(1, 0);
    if (!this.#latest || group.sequence >= this.#latest.sequence) this.#latest = group;
    this.#evict();
  }
  /** Keeps a group for as long again as one that just came. */
  used(sequence: number): void {
    const cached = this.#groups.get(sequence);
    if (!cached) return;
    cached.usedMs = this.#options.clock.now();
    this.#byUse.delete(cached);
    this.#byUse.add(cached);
    if (this.#options.pool?.has(cached.group)) this.#options.pool.used(cached.group, this);
  }
  /** Lets a group go that the pool has no room for. */
  evict(group: Group): void {
    const cached = this.#groups.get(group.sequence);
    if (cached?.group === group) this.#drop(cached);
  }
  clear(): void {
    for (const cached of this.#groups.values()) this.#drop(cached);
    this.#options.pool?.leave(this);
    this.#latest = undefined;
    this.rest();
  }
  /** Nothing goes by age any more, until the next `add`. */
  rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
  /** Oldest first; open ones stay. Looks only at what grows and at what goes: this runs for every group of every copy of a track. */
  #evict(): void {
    const { clock, maxAgeMs, maxBytes, pool } = this.#options;
    for (const cached of this.#growing) this.#recount(cached);
    const oldest = clock.now() - maxAgeMs;
    let bytes = this.#countedBytes - (this.#latest?.byteLength ?? 0);
    let groups = this.#groups.size - 1;
    for (const cached of this.#byUse) {
      if (bytes <= maxBytes && groups <= cacheGroups && cached.usedMs > oldest) break;
      if (cached.group === this.#latest) continue;
      bytes -= cached.counted;
      groups--;
      if (cached.group.state.kind !== "open") this.#drop(cached);
    }
    pool?.enforce();
    this.#arm();
  }
  #recount(cached: Cached): void {
    const { group } = cached;
    const more = group.byteLength - cached.counted;
    this.#countedBytes += more;
    cached.counted = group.byteLength;
    this.#options.pool?.count(0, more);
    if (group.state.kind === "open") return;
    if (!this.#options.pool) return void this.#growing.delete(cached);
    // The pool may have one that is whole and not the latest any more.
    if (group === this.#latest) return;
    this.#growing.delete(cached);
    this.#options.pool.used(group, this);
  }
  /** Looks again when the next of the older groups comes of age; one that is past it but open is looked at now and then. */
  #arm(): void {
    if (this.#cancel) return;
    const { clock, maxAgeMs } = this.#options;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const { group, usedMs } of this.#byUse) {
      if (group === this.#latest) continue;
      const leftMs = usedMs + maxAgeMs - clock.now();
      waitMs = Math.min(waitMs, leftMs > 0 ? leftMs : againMs);
      if (leftMs > 0) break;
    }
    if (waitMs === Number.POSITIVE_INFINITY) return;
    this.#cancel = clock.after(Math.min(waitMs, longestMs), () => this.#due(), { background: true });
  }
  #due(): void {
    this.#cancel = undefined;
    this.#evict();
  }
  #drop(cached: Cached): void {
    this.#groups.delete(cached.group.sequence);
    this.#byUse.delete(cached);
    this.#growing.delete(cached);
    this.#countedBytes -= cached.counted;
    this.#options.pool?.count(-1, -cached.counted);
    this.#options.pool?.keep(cached.group);
  }
}
