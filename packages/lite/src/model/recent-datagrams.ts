import type { Clock } from "../clock.ts";
import type { Group } from "./group.ts";

/** How long a datagram is kept for who comes late, milliseconds (relay-behaviour §5). */
const keepMs = 50;
/** Datagrams kept at most, whatever their rate. */
const keepCount = 256;

interface Kept {
  readonly group: Group;
  readonly atMs: number;
}

/** The datagrams of a track's last moments. */
export class RecentDatagrams implements Iterable<Group> {
  readonly #clock: Clock;
  readonly #kept = new Map<number, Kept>();
  #cancel: (() => void) | undefined;
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  has(sequence: number): boolean {
    return this.#kept.has(sequence);
  }
  /** In order of arrival. */
  *[Symbol.iterator](): IterableIterator<Group> {
    for (const { group } of this.#kept.values()) yield group;
  }
  get bytes(): number {
    let bytes = 0;
    for (const { group } of this.#kept.values()) bytes += group.byteLength;
    return bytes;
  }
  add(group: Group): void {
    this.#kept.set(group.sequence, { group, atMs: this.#clock.now() });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keepCount && oldest !== undefined) this.#kept.delete(oldest);
    this.#cancel ??= this.#clock.after(keepMs, () => this.#forget(), { background: true });
  }
  clear(): void {
    this.#kept.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }
  #forget(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const [sequence, { atMs }] of this.#kept) {
      if (now - atMs < keepMs) {
        this.#cancel = this.#clock.after(atMs + keepMs - now, () => this.#forget(), { background: true });
        return;
      }
      this.#kept.delete(sequence);
    }
  }
}
