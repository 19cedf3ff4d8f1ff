import type { CodecLabel } from "../../measure/codec-label.ts";
import type { BufferedFrame } from "../buffer/group-buffer.ts";
import type { Media } from "./hot-cells.ts";
import type { PlayerInstruments } from "./instruments.ts";

/** One frame in so many tells how long it waited for its decoder. */
const sampledOneIn = 30;
/** Frames in a decoder whose times are kept: it holds fewer, unless it swallows some. */
const mostInside = 128;

/** How long the frames of one rendition wait and decode, and how far apart its keyframes are. */
export class FrameTimes {
  readonly #instruments: PlayerInstruments;
  readonly #media: Media;
  readonly #codec: CodecLabel;
  /** When each frame that is in the decoder went in, by its timestamp. */
  readonly #inMs = new Map<number, number>();
  #keyframe: { readonly group: number; readonly timestampUs: number } | undefined;
  #taken = 0;

  constructor(instruments: PlayerInstruments, { media, codec }: { readonly media: Media; readonly codec: CodecLabel }) {
    this.#instruments = instruments;
    this.#media = media;
    this.#codec = codec;
  }
  /** The first frame of a group was received. Keyframes with a lost one between them tell no interval. */
  keyframe({ group, timestampUs }: BufferedFrame): void {
    const before = this.#keyframe;
    if (before && group <= before.group) return;
    this.#keyframe = { group, timestampUs };
    if (before && group === before.group + 1 && timestampUs > before.timestampUs)
      this.#instruments.keyframeInterval(this.#codec, (timestampUs - before.timestampUs) / 1e6);
  }
  /** A frame leaves the buffer and goes into the decoder. */
  submitted({ timestampUs, startedMs }: BufferedFrame, nowMs: number): void {
    if (this.#inMs.size >= mostInside) this.#inMs.clear();
    this.#inMs.set(timestampUs, nowMs);
    if (startedMs === undefined || this.#taken++ % sampledOneIn !== 0) return;
    this.#instruments.jitterBufferDelay(this.#media, Math.max(0, nowMs - startedMs) / 1000);
  }
  /** The frame with this timestamp came out of the decoder. One that was not submitted so tells nothing. */
  decoded(timestampUs: number, nowMs: number): void {
    const inMs = this.#inMs.get(timestampUs);
    if (inMs === undefined) return;
    this.#inMs.delete(timestampUs);
    this.#instruments.decodeTime(this.#codec, (nowMs - inMs) / 1000);
  }
  /** What is in the decoder will not come out. */
  lost(): void {
    this.#inMs.clear();
  }
}
