import type { BufferedFrame } from "../buffer/group-buffer.ts";
import type { ChunkInit, DecoderCallbacks, DecoderLike } from "./platform.ts";

export interface FeedOptions<C, O> {
  readonly create: (callbacks: DecoderCallbacks<O>) => DecoderLike<C, ChunkInit>;
  readonly config: C;
  readonly output: (output: O) => void;
  /** The decoder gave up; `lost` frames went in and will not come out. `fatal` when it fails again and again. */
  readonly failed: (error: Error, lost: number, fatal: boolean) => void;
}
/** Failures in a row, without one output between them, after which a rendition counts as undecodable. */
export const maxDecoderFailures = 3;

/** One decoder that is made anew, at the next keyframe, when it fails. */
export class DecoderFeed<C, O extends { close(): void }> {
  readonly #options: FeedOptions<C, O>;
  #decoder: DecoderLike<C, ChunkInit> | undefined;
  #pending = 0;
  #failures = 0;
  #closed = false;
  constructor(options: FeedOptions<C, O>) {
    this.#options = options;
  }
  /** Frames in the decoder. */
  get pending(): number {
    return this.#pending;
  }
  /** Those that it has not begun with. */
  get queued(): number {
    return this.#decoder?.decodeQueueSize ?? 0;
  }
  /** Whether only a keyframe can be decoded next. */
  get needsKeyframe(): boolean {
    return this.#decoder?.state !== "configured";
  }
  /** Hands a frame over. False if it cannot be decoded, because a keyframe is wanted. */
  decode(frame: BufferedFrame): boolean {
    if (this.#closed || (this.needsKeyframe && !frame.keyframe)) return false;
    try {
      // It counts as lost, too, when no decoder can be made for it.
      this.#pending++;
      const decoder = (this.#decoder ??= this.#create());
      decoder.decode({ type: frame.keyframe ? "key" : "delta", timestamp: frame.timestampUs, data: frame.payload });
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }
  /** Throws away what is in the decoder and returns how many frames that were. */
  reset(): number {
    const lost = this.#pending;
    this.#drop();
    return lost;
  }
  close(): void {
    this.#closed = true;
    this.#drop();
  }
  #create(): DecoderLike<C, ChunkInit> {
    const decoder: DecoderLike<C, ChunkInit> = this.#options.create({
      output: (output) => {
        if (this.#decoder !== decoder) return output.close();
        this.#pending = Math.max(0, this.#pending - 1);
        this.#failures = 0;
        this.#options.output(output);
      },
      error: (error) => {
        if (this.#decoder === decoder) this.#fail(error);
      },
    });
    decoder.configure(this.#options.config);
    return decoder;
  }
  #fail(cause: unknown): void {
    const lost = this.reset();
    this.#failures++;
    this.#options.failed(cause instanceof Error ? cause : new Error(String(cause)), lost, this.#failures >= maxDecoderFailures);
  }
  #drop(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#pending = 0;
    if (decoder && decoder.state !== "closed") decoder.close();
  }
}
