import { Bucket } from "./bucket.ts";
import { type LinkCounters, newTally, type Tally } from "./counters.ts";
import { Heap } from "./heap.ts";
import { LossModel } from "./loss.ts";
import { seeded } from "./seeded.ts";
import { changed, clear, type LinkSettings } from "./settings.ts";

/** What passes a link: a datagram, a piece of a stream, or (with no bytes, never counted) a stream's end. */
export interface Parcel {
  readonly bytes: number;
  /** Sends it on; `false` if its receiver has gone. */
  readonly deliver: () => boolean;
  /** Counted here as well as for the whole link. */
  readonly flow: Tally;
}
interface Held extends Parcel {
  readonly number: number;
  readonly arrivedMs: number;
  dueMs: number;
}

/** Datagrams may be dropped, doubled and reordered; the pieces of a stream all pass, in their order. */
export type LinkKind = "datagrams" | "stream";

/**
 * One direction between two ends: loss, then the queue of the rate, then delay. It knows no clock and no socket: it is told the time
 * (milliseconds of one monotonic clock), and says when it wants to be told next.
 */
export class Link {
  readonly kind: LinkKind;
  readonly #tally = newTally();
  readonly #bucket = new Bucket();
  readonly #loss: LossModel;
  readonly #draw: Readonly<Record<"jitter" | "reorder" | "duplicate", () => number>>;
  /** Waits for the rate, oldest first. */
  #queue: Held[] = [];
  #queueHead = 0;
  #queuedBytes = 0;
  /** Head of the queue since. */
  #headMs = 0;
  /** Waits for its delay, first due first. */
  readonly #flight = new Heap<Held>((a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.number < b.number));
  #settings: LinkSettings = clear;
  #number = 0;
  #lastDueMs = 0;
  #highest = -1;
  constructor(kind: LinkKind, { seed, name }: { readonly seed: number; readonly name: string }) {
    this.kind = kind;
    this.#loss = new LossModel(seeded(seed, `${name} loss`));
    const draw = (purpose: string): (() => number) => seeded(seed, `${name} ${purpose}`);
    this.#draw = { jitter: draw("jitter"), reorder: draw("reorder"), duplicate: draw("duplicate") };
  }
  get settings(): LinkSettings {
    return this.#settings;
  }
  get counters(): LinkCounters {
    return { ...this.#tally };
  }
  /** Throws RangeError for a change that `set` would not take. */
  check(change: Partial<LinkSettings>): void {
    changed(this.#settings, change);
  }
  /** Applies from now on; what is on its way keeps its delay. Throws RangeError. */
  set(change: Partial<LinkSettings>, nowMs: number): void {
    const next = changed(this.#settings, change);
    // What is due has left under the old settings.
    this.advance(nowMs);
    this.#settings = next;
    this.#headMs = Math.max(this.#headMs, nowMs);
    if (this.kind === "datagrams" && next.blackhole) this.#swallow();
  }
  /** Takes what came in. */
  offer(parcel: Parcel, nowMs: number): void {
    if (parcel.bytes > 0) this.#count(parcel, "offered", "offeredBytes");
    if (this.kind === "stream") return this.#enqueue(parcel, nowMs);
    const settings = this.#settings;
    const loses = this.#loss.loses(settings);
    const doubles = this.#draw.duplicate() < settings.duplicate;
    if (settings.blackhole) return this.#count(parcel, "blackholed");
    if (loses) return this.#count(parcel, "lost");
    this.#admit(parcel, nowMs);
    if (!doubles) return;
    this.#count(parcel, "duplicated");
    this.#admit(parcel, nowMs);
  }
  /** Sends on what is due. Returns when to be called again, `undefined` if nothing waits for a time. */
  advance(nowMs: number): number | undefined {
    if (this.#settings.blackhole) return undefined;
    const departsMs = this.#drain(nowMs);
    for (let first = this.#flight.first; first && first.dueMs <= nowMs; first = this.#flight.first) {
      this.#flight.pop();
      this.#release(first, nowMs);
    }
    const dueMs = this.#flight.first?.dueMs;
    if (departsMs === undefined || dueMs === undefined) return departsMs ?? dueMs;
    return Math.min(departsMs, dueMs);
  }
  /** Moves what the rate lets go into flight. Returns when the next one may go. */
  #drain(nowMs: number): number | undefined {
    for (let head = this.#queue[this.#queueHead]; head; head = this.#queue[this.#queueHead]) {
      const departsMs = this.#bucket.departsMs(head.bytes, Math.max(this.#headMs, head.arrivedMs), this.#settings);
      if (departsMs > nowMs) return departsMs;
      this.#bucket.take(head.bytes, departsMs, this.#settings);
      this.#headMs = departsMs;
      this.#queuedBytes -= head.bytes;
      this.#queueHead++;
      this.#fly(head, departsMs);
    }
    this.#queue = [];
    this.#queueHead = 0;
    return undefined;
  }
  #fly(held: Held, departsMs: number): void {
    const { delayMs, jitterMs, reorder, reorderMs } = this.#settings;
    const wander = this.#draw.jitter() * 2 - 1;
    const dueMs = departsMs + Math.max(0, delayMs + wander * jitterMs);
    held.dueMs = Math.max(this.#lastDueMs, dueMs);
    // What is held back must not hold back those behind it.
    if (this.kind === "datagrams" && this.#draw.reorder() < reorder) held.dueMs += reorderMs;
    else this.#lastDueMs = held.dueMs;
    this.#flight.push(held);
  }
  #release(held: Held, nowMs: number): void {
    this.#leave(held);
    const delivered = held.deliver();
    if (held.bytes === 0) return;
    if (!delivered) return this.#count(held, "abandoned");
    this.#count(held, "passed", "passedBytes");
    const heldMs = nowMs - held.arrivedMs;
    const delayed = held.dueMs > held.arrivedMs;
    const late = held.number < this.#highest;
    this.#highest = Math.max(this.#highest, held.number);
    for (const tally of [this.#tally, held.flow]) {
      tally.heldMs += heldMs;
      tally.longestHeldMs = Math.max(tally.longestHeldMs, heldMs);
      if (delayed) tally.delayed++;
      if (late) tally.reordered++;
    }
  }
  #admit(parcel: Parcel, nowMs: number): void {
    this.#drain(nowMs);
    const full = this.#queuedBytes > 0 && this.#queuedBytes + parcel.bytes > this.#settings.queueBytes;
    if (full) this.#count(parcel, "overflowed");
    else this.#enqueue(parcel, nowMs);
  }
  #enqueue({ bytes, deliver, flow }: Parcel, nowMs: number): void {
    const held: Held = { bytes, deliver, flow, number: this.#number++, arrivedMs: nowMs, dueMs: nowMs };
    if (bytes > 0)
      for (const tally of [this.#tally, flow]) {
        tally.waiting++;
        tally.waitingBytes += bytes;
      }
    this.#queue.push(held);
    this.#queuedBytes += bytes;
  }
  /** A hole opens: what is under way falls into it. */
  #swallow(): void {
    const queued = this.#queue.slice(this.#queueHead);
    this.#queue = [];
    this.#queueHead = 0;
    this.#queuedBytes = 0;
    const gone = (held: Held): void => {
      this.#leave(held);
      this.#count(held, "blackholed");
    };
    for (const held of queued) gone(held);
    for (let held = this.#flight.pop(); held; held = this.#flight.pop()) gone(held);
  }
  #leave({ bytes, flow }: Held): void {
    if (bytes === 0) return;
    for (const tally of [this.#tally, flow]) {
      tally.waiting--;
      tally.waitingBytes -= bytes;
    }
  }
  #count({ bytes, flow }: Parcel, name: keyof Tally, bytesName?: "offeredBytes" | "passedBytes"): void {
    for (const tally of [this.#tally, flow]) {
      tally[name]++;
      if (bytesName) tally[bytesName] += bytes;
    }
  }
}
