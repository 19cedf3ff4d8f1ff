import { absent, type SampleList, stale } from "./sample.ts";

type Deltas = Int8Array | Int16Array | Int32Array;

/**
 * A full stretch of a tier, as small as it goes without losing a bit: one number where every slot has the same, differences in 1, 2 or 4
 * bytes where all are whole numbers, 8 bytes a slot otherwise.
 */
export type Body =
  | { readonly kind: "flat"; readonly value: number }
  | { readonly kind: "delta"; readonly first: number; readonly deltas: Deltas }
  | { readonly kind: "raw"; readonly values: Float64Array };

/** A sealed stretch: slots `index * slots` to `(index + 1) * slots - 1` of its tier. */
export interface Chunk {
  readonly index: number;
  readonly body: Body;
  /** Seconds that each sample stands after the start of its slot; one number where all are equal. */
  readonly offsets: number | Uint8Array;
}

/** What an object, and what a typed array beside its numbers, takes in V8; measured, see docs/gateway-query.md. */
const chunkBytes = 120;
const arrayBytes = 200;

const widths = [
  { make: (length: number): Deltas => new Int8Array(length), absent: -128, stale: -127, most: 127 },
  { make: (length: number): Deltas => new Int16Array(length), absent: -32_768, stale: -32_767, most: 32_767 },
  { make: (length: number): Deltas => new Int32Array(length), absent: -2_147_483_648, stale: -2_147_483_647, most: 2_147_483_647 },
] as const;

/** Encodes the slots of a stretch; `values` stays the caller's. */
export function encode(values: Float64Array): Body {
  const first = values[0] ?? absent;
  if (values.every((value) => value === first)) return { kind: "flat", value: first };
  const span = widestStep(values);
  const width = widths.find(({ most }) => span <= most - 1);
  if (width === undefined) return { kind: "raw", values: values.slice() };
  const deltas = width.make(values.length);
  let previous = Number.NaN;
  let base = 0;
  for (let slot = 0; slot < values.length; slot++) {
    const value = values[slot] ?? absent;
    if (value === absent) deltas[slot] = width.absent;
    else if (value === stale) deltas[slot] = width.stale;
    else {
      if (Number.isNaN(previous)) base = previous = value;
      deltas[slot] = value - previous;
      previous = value;
    }
  }
  return { kind: "delta", first: base, deltas };
}

/** The largest difference between neighbours; infinite where one is no whole number. */
function widestStep(values: Float64Array): number {
  let widest = 0;
  let previous = Number.NaN;
  for (const value of values) {
    if (value === absent || value === stale) continue;
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return Number.POSITIVE_INFINITY;
    if (!Number.isNaN(previous)) widest = Math.max(widest, Math.abs(value - previous));
    previous = value;
  }
  return widest;
}

/** The slots of a body as they were; `out` is as long as the stretch. */
export function decode(body: Body, out: Float64Array): void {
  switch (body.kind) {
    case "flat":
      out.fill(body.value);
      return;
    case "raw":
      out.set(body.values);
      return;
    case "delta": {
      const { absent: none, stale: end } = widths[Math.log2(body.deltas.BYTES_PER_ELEMENT)] ?? widths[2];
      let value = body.first;
      for (let slot = 0; slot < out.length; slot++) {
        const delta = body.deltas[slot] ?? none;
        if (delta === none) out[slot] = absent;
        else if (delta === end) out[slot] = stale;
        else out[slot] = value += delta;
      }
    }
  }
}

/** Bytes that a sealed stretch takes. */
export function sizeOf({ body, offsets }: Chunk): number {
  const shifted = typeof offsets === "number" ? 0 : arrayBytes + offsets.byteLength;
  switch (body.kind) {
    case "flat":
      return chunkBytes + shifted;
    case "delta":
      return chunkBytes + arrayBytes + body.deltas.byteLength + shifted;
    case "raw":
      return chunkBytes + arrayBytes + body.values.byteLength + shifted;
  }
}

/** Where and over which time samples of a stretch are read. */
export interface Reading {
  readonly out: SampleList;
  /** Exclusive. */
  readonly fromMs: number;
  /** Inclusive. */
  readonly toMs: number;
}

/** Appends the samples of decoded slots that lie within the time asked for. */
export function readSlots(
  values: Float64Array,
  offsets: number | Uint8Array,
  at: { readonly startMs: number; readonly stepMs: number },
  { out, fromMs, toMs }: Reading,
): void {
  for (let slot = 0; slot < values.length; slot++) {
    const value = values[slot] ?? absent;
    if (value === absent) continue;
    const offset = typeof offsets === "number" ? offsets : (offsets[slot] ?? 0);
    const atMs = at.startMs + slot * at.stepMs + offset * 1000;
    if (atMs > fromMs && atMs <= toMs) out.push(atMs, value);
  }
}
