import { minRecordBytes } from "./parameters.ts";
import { headroomBytes } from "./socket.ts";

/** Below this a buffer of its own is cheaper than to hold a whole one while the message waits in the socket. */
const worthBytes = 1024;
/** Buffers kept for all transports of the process: 1 MiB. */
const kept = 64;
/** A record with its headroom, and room for one number more: what collects the bytes looks for it before it knows the number. */
const bufferBytes = headroomBytes + minRecordBytes + 8;

/**
 * Buffers for records, used again once they were written: a fan-out fills the same few, which stay in the processor's cache,
 * instead of fresh memory for every subscriber.
 */
export class RecordPool {
  readonly #allocate: (bytes: number) => Uint8Array<ArrayBuffer>;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  constructor(allocate: (bytes: number) => Uint8Array<ArrayBuffer>) {
    this.#allocate = allocate;
  }
  /** A buffer for a record of at most `bytes`; `undefined` where one is not worth it, or would be too small. */
  take(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    if (bytes < worthBytes || bytes > minRecordBytes) return undefined;
    return this.#free.pop() ?? this.#allocate(bufferBytes);
  }
  /** Gives back what `take` gave, once nobody looks at it any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#free.length < kept) this.#free.push(buffer);
  }
}
