import { inflateRawSync, constants as zlib } from "node:zlib";

/** What a sender cuts from each frame: the end of a sync flush (hang.md §2.1). */
const flushed = Buffer.of(0, 0, 0xff, 0xff);
const windowBytes = 32_768;
/** A frame that grows beyond this is refused. */
const mostBytes = 64 * 1024 * 1024;

/** Inflates the frames of one group of a `.z` track, in order from the first: one raw DEFLATE per group, a sync flush after each frame. */
export class GroupInflater {
  #window: Buffer = Buffer.alloc(0);
  /** Throws what zlib says of bytes that are no DEFLATE, or of too many. */
  frame(bytes: Uint8Array): Buffer {
    const inflated = inflateRawSync(Buffer.concat([bytes, flushed]), {
      finishFlush: zlib.Z_SYNC_FLUSH,
      maxOutputLength: mostBytes,
      ...(this.#window.byteLength > 0 ? { dictionary: this.#window } : {}),
    });
    this.#window = Buffer.concat([this.#window, inflated]).subarray(-windowBytes);
    return inflated;
  }
}
