import { type Body, type Chunk, decode, encode, type Reading, readSlots, sizeOf } from "./chunk.ts";
import { absent } from "./sample.ts";

export interface TierShape {
  /** Milliseconds per slot. */
  readonly stepMs: number;
  /** Slots per chunk. */
  readonly slots: number;
}

/** 1 s for 15 minutes, in chunks of 3 minutes. */
export const fineShape: TierShape = { stepMs: 1000, slots: 180 };
/** 10 s for 24 hours, in chunks of an hour. */
export const coarseShape: TierShape = { stepMs: 10_000, slots: 360 };

const headBytes = 250;
/** One scratch for all: nothing here waits. */
const scratch = new Float64Array(Math.max(fineShape.slots, coarseShape.slots));

/**
 * The samples of one series at one resolution: at most one per slot, oldest first, in sealed chunks and one open one. The open one costs
 * an array only once its values differ.
 */
export class Tier {
  readonly shape: TierShape;
  #sealed: Chunk[] = [];
  #sealedBytes = 0;
  #index = -1;
  /** While all slots of the open chunk so far hold `#value`, `#filled` of them, there is no array. */
  #value = absent;
  #filled = 0;
  #isFlat = true;
  #values: Float64Array | undefined;
  #offsets: Uint8Array | undefined;
  #firstOffset = 0;
  #hasOffsets = false;
  /** Slot (since the epoch) of the newest sample, or -1. */
  lastSlot = -1;
  lastValue = absent;

  constructor(shape: TierShape) {
    this.shape = shape;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#sealedBytes + headBytes + (this.#values?.byteLength ?? 0) + (this.#offsets?.byteLength ?? 0);
  }

  get sealed(): readonly Chunk[] {
    return this.#sealed;
  }

  /** Sets a slot at or after the newest one; `offset` is seconds after the slot's start. An earlier slot is left as it is. */
  put(slot: number, value: number, offset = 0): void {
    if (slot < this.lastSlot || value === absent) return;
    const index = Math.floor(slot / this.shape.slots);
    if (index !== this.#index) this.#open(index);
    this.#write(slot - index * this.shape.slots, value, offset);
    this.lastSlot = slot;
    this.lastValue = value;
  }

  /** Epoch milliseconds of the oldest chunk's start, or infinity. */
  get firstMs(): number {
    const index = this.#sealed[0]?.index ?? this.#index;
    return index < 0 ? Number.POSITIVE_INFINITY : index * this.shape.slots * this.shape.stepMs;
  }

  /** Appends the samples within a time, oldest first. */
  read(reading: Reading): void {
    const { stepMs, slots } = this.shape;
    const spanMs = slots * stepMs;
    const values = scratch.subarray(0, slots);
    for (const { index, body, offsets } of this.#sealed) {
      const startMs = index * spanMs;
      if (startMs > reading.toMs || startMs + spanMs <= reading.fromMs) continue;
      decode(body, values);
      readSlots(values, offsets, { startMs, stepMs }, reading);
    }
    if (this.#index < 0) return;
    this.#copyOpen(values);
    readSlots(values, this.#openOffsets(), { startMs: this.#index * spanMs, stepMs }, reading);
  }

  /** Drops sealed chunks that end at or before `atMs`; how many. */
  dropBefore(atMs: number): number {
    const spanMs = this.shape.slots * this.shape.stepMs;
    let dropped = 0;
    for (const chunk of this.#sealed) {
      if ((chunk.index + 1) * spanMs > atMs) break;
      this.#sealedBytes -= sizeOf(chunk);
      dropped++;
    }
    if (dropped > 0) this.#sealed = this.#sealed.slice(dropped);
    return dropped;
  }

  /** Every chunk, the open one included, for a snapshot. */
  chunks(): Chunk[] {
    if (this.#index < 0) return [...this.#sealed];
    return [...this.#sealed, this.#seal()];
  }

  /** Takes chunks of a snapshot, oldest first; the newest becomes the open one. For a tier that is empty. */
  restore(chunks: readonly Chunk[]): void {
    const last = chunks.at(-1);
    if (last === undefined) return;
    for (const chunk of chunks.slice(0, -1)) this.#keep(chunk);
    const values = new Float64Array(this.shape.slots);
    decode(last.body, values);
    const { slots } = this.shape;
    for (let slot = 0; slot < slots; slot++) {
      const offset = typeof last.offsets === "number" ? last.offsets : (last.offsets[slot] ?? 0);
      this.put(last.index * slots + slot, values[slot] ?? absent, offset);
    }
  }

  #open(index: number): void {
    if (this.#index >= 0) this.#keep(this.#seal());
    this.#index = index;
    this.#filled = 0;
    this.#isFlat = true;
    this.#hasOffsets = false;
  }

  #keep(chunk: Chunk): void {
    this.#sealed.push(chunk);
    this.#sealedBytes += sizeOf(chunk);
  }

  #write(slot: number, value: number, offset: number): void {
    this.#writeOffset(slot, offset);
    if (this.#isFlat) {
      if (this.#filled === 0 && slot === 0) this.#value = value;
      if (slot <= this.#filled && value === this.#value && (this.#filled > 0 || slot === 0)) {
        this.#filled = slot + 1;
        return;
      }
      const values = (this.#values ??= new Float64Array(this.shape.slots));
      values.fill(absent);
      values.fill(this.#value, 0, this.#filled);
      this.#isFlat = false;
    }
    if (this.#values !== undefined) this.#values[slot] = value;
    this.#filled = slot + 1;
  }

  #writeOffset(slot: number, offset: number): void {
    if (!this.#hasOffsets) {
      if (this.#filled === 0) this.#firstOffset = offset;
      if (offset === this.#firstOffset) return;
      this.#offsets ??= new Uint8Array(this.shape.slots);
      this.#offsets.fill(this.#firstOffset);
      this.#hasOffsets = true;
    }
    if (this.#offsets !== undefined) this.#offsets[slot] = offset;
  }

  #copyOpen(out: Float64Array): void {
    if (!this.#isFlat && this.#values !== undefined) out.set(this.#values);
    else out.fill(absent).fill(this.#value, 0, this.#filled);
  }

  #openOffsets(): number | Uint8Array {
    return this.#hasOffsets && this.#offsets !== undefined ? this.#offsets : this.#firstOffset;
  }

  #seal(): Chunk {
    const values = scratch.subarray(0, this.shape.slots);
    this.#copyOpen(values);
    const body: Body = encode(values);
    const offsets = this.#openOffsets();
    return { index: this.#index, body, offsets: typeof offsets === "number" ? offsets : offsets.slice() };
  }
}
