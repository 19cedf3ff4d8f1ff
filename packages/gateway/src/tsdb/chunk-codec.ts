import type { Body, Chunk } from "./chunk.ts";

/** A chunk beside its bytes, as it stands in a file. */
export interface ChunkMeta {
  /** Index of the chunk. */
  readonly i: number;
  /** Kind: flat, differences of 1, 2 or 4 bytes, raw. */
  readonly k: "f" | 1 | 2 | 4 | "r";
  /** Value of a flat chunk or first one of differences; a text where JSON has no number for it. */
  readonly v: number | string;
  /** Offset, or -1: one byte per slot after the values. */
  readonly o: number;
}

const arrays = { 1: Int8Array, 2: Int16Array, 4: Int32Array } as const;

/** Writes a chunk: what JSON can say, and the bytes. */
export function packChunk({ index, body, offsets }: Chunk): { readonly meta: ChunkMeta; readonly bytes: readonly Uint8Array[] } {
  const o = typeof offsets === "number" ? offsets : -1;
  const shifted = typeof offsets === "number" ? [] : [offsets];
  switch (body.kind) {
    case "flat":
      return { meta: { i: index, k: "f", v: spelled(body.value), o }, bytes: shifted };
    case "delta": {
      const k = body.deltas.BYTES_PER_ELEMENT as 1 | 2 | 4;
      return { meta: { i: index, k, v: spelled(body.first), o }, bytes: [bytesOf(body.deltas), ...shifted] };
    }
    case "raw":
      return { meta: { i: index, k: "r", v: 0, o }, bytes: [bytesOf(body.values), ...shifted] };
  }
}

/** Reads a chunk of `slots` slots, taking its bytes from `take`. Throws RangeError where they are not there. */
export function unpackChunk({ i, k, v, o }: ChunkMeta, slots: number, take: (length: number) => ArrayBuffer): Chunk {
  if (!Number.isSafeInteger(i) || i < 0 || !Number.isInteger(o) || o < -1 || o > 9) throw new RangeError("a chunk has no index or offset");
  const body = unpackBody(k, Number(v), { slots, take });
  return { index: i, body, offsets: o === -1 ? new Uint8Array(take(slots)) : o };
}

function unpackBody(k: ChunkMeta["k"], value: number, at: { slots: number; take: (length: number) => ArrayBuffer }): Body {
  switch (k) {
    case "f":
      return { kind: "flat", value };
    case 1:
    case 2:
    case 4:
      return { kind: "delta", first: value, deltas: new arrays[k](at.take(at.slots * k)) };
    case "r":
      return { kind: "raw", values: new Float64Array(at.take(at.slots * 8)) };
    default:
      throw new RangeError(`a chunk of an unknown kind ${String(k)}`);
  }
}

function spelled(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function bytesOf({ buffer, byteOffset, byteLength }: Int8Array | Int16Array | Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
