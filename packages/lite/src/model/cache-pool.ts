import type { Group } from "./group.ts";

/** A cache of groups that shares its bytes with others. */
export interface PooledCache {
  /** Payload bytes held. */
  readonly bytes: number;
  /** Lets a group go. */
  evict(group: Group): void;
}

/** What each cached group costs beside its payload, bytes (relay-behaviour §6). */
const groupOverheadBytes = 256;

/**
 * The bytes that many tracks may cache together. Above it the group that was used longest ago goes first, whichever track has it; the
 * latest group of each track and open ones stay, so it is a target and no hard limit (relay-behaviour §6).
 */
export class CachePool {
  readonly #capacityBytes: number;
  readonly #caches = new Set<PooledCache>();
  /** Groups that may go, the one used longest ago first. */
  readonly #idle = new Map<Group, PooledCache>();
  #countedBytes = 0;
  /** @param capacityBytes payload and 256 bytes per group, of all caches together */
  constructor(capacityBytes: number = Number.POSITIVE_INFINITY) {
    this.#capacityBytes = capacityBytes;
  }
  /** Payload bytes held by all caches. */
  get bytes(): number {
    let bytes = 0;
    for (const cache of this.#caches) bytes += cache.bytes;
    return bytes;
  }
  join(cache: PooledCache): void {
    this.#caches.add(cache);
  }
  leave(cache: PooledCache): void {
    this.#caches.delete(cache);
  }
  /** A cache holds so many groups and bytes more, or fewer. */
  count(groups: number, bytes: number): void {
    this.#countedBytes += groups * groupOverheadBytes + bytes;
  }
  /** A group of this cache was used, and may go when others were used later. */
  used(group: Group, cache: PooledCache): void {
    this.#idle.delete(group);
    this.#idle.set(group, cache);
  }
  /** A group has gone, or must stay. */
  keep(group: Group): void {
    this.#idle.delete(group);
  }
  has(group: Group): boolean {
    return this.#idle.has(group);
  }
  /** Lets groups go until the capacity holds. */
  enforce(): void {
    for (const [group, cache] of this.#idle) {
      if (this.#countedBytes <= this.#capacityBytes) return;
      cache.evict(group);
    }
  }
  /** Lets go every group that may go, for want of memory. */
  trim(): void {
    for (const [group, cache] of this.#idle) cache.evict(group);
  }
}
