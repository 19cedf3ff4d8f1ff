import type { Clock } from "../clock.ts";
import type { Group } from "./group.ts";

/** Older groups that one track keeps at most, so that empty ones are bounded too. */
const cacheGroups = 4096;
/** How soon an older group that was too old but still open is looked at again, milliseconds. */
const againMs = 1000;
/** A timer cannot be set for much more than 24 days. */
const longestMs = 60_000;

interface Cached {
  readonly group: Group;
  readonly createdMs: number;
  /** Its bytes as they are in the sum. */
  counted: number;
}
export interface GroupCacheOptions {
  readonly clock: Clock;
  /** Age at which an older group goes, milliseconds. */
  readonly maxAgeMs: number;
  /** Bytes of older groups. */
  readonly maxBytes: number;
}

/** The groups of one track: the latest always, older ones by age, bytes and number. Age is seen by a timer, the rest when a group begins. */
export class GroupCache {
  readonly #options: GroupCacheOptions;
  readonly #groups = new Map<number, Cached>();
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
  /** Payload bytes held. */
  get bytes(): number {
    let bytes = 0;
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
    const known = this.#groups.get(group.sequence);
    if (known) this.#uncount(known);
    const cached = { group, createdMs: this.#options.clock.now(), counted: 0 };
    this.#groups.set(group.sequence, cached);
    this.#growing.add(cached);
    if (!this.#latest || group.sequence >= this.#latest.sequence) this.#latest = group;
    this.#evict();
  }
  clear(): void {
    this.#groups.clear();
    this.#growing.clear();
    this.#countedBytes = 0;
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
    for (const cached of this.#growing) {
      this.#countedBytes += cached.group.byteLength - cached.counted;
      cached.counted = cached.group.byteLength;
      if (cached.group.state.kind !== "open") this.#growing.delete(cached);
    }
    const { clock, maxAgeMs, maxBytes } = this.#options;
    const oldest = clock.now() - maxAgeMs;
    let bytes = this.#countedBytes - (this.#latest?.byteLength ?? 0);
    let groups = this.#groups.size - 1;
    for (const [sequence, cached] of this.#groups) {
      if (bytes <= maxBytes && groups <= cacheGroups && cached.createdMs > oldest) break;
      if (cached.group === this.#latest) continue;
      bytes -= cached.counted;
      groups--;
      if (cached.group.state.kind === "open") continue;
      this.#groups.delete(sequence);
      this.#uncount(cached);
    }
    this.#arm();
  }
  /** Looks again when the next of the older groups comes of age; one that is past it but open is looked at now and then. */
  #arm(): void {
    if (this.#cancel) return;
    const { clock, maxAgeMs } = this.#options;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const { group, createdMs } of this.#groups.values()) {
      if (group === this.#latest) continue;
      const leftMs = createdMs + maxAgeMs - clock.now();
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
  #uncount(cached: Cached): void {
    this.#countedBytes -= cached.counted;
    this.#growing.delete(cached);
  }
}
