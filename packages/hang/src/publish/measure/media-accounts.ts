import type { Clock } from "@moqscope/lite";
import type { Histogram, Recorder } from "@moqscope/telemetry";
import { codecLabel } from "../../measure/codec-label.ts";

/** Encoded bits are told over windows of this length. */
const windowMs = 2_000;

/** What one track of encoded media tells of its frames and groups (metrics.md §5.2). */
export class MediaAccounts {
  readonly #clock: Clock;
  readonly #frameSize: Histogram;
  readonly #groupSize: Histogram;
  readonly #bitrate: Histogram;
  /** Sound has none: each of its frames decodes alone. */
  readonly #keyframeInterval: Histogram | undefined;
  #windowStartMs: number | undefined;
  #windowBytes = 0;
  #groupBytes = 0;
  #keyframeUs: number | undefined;

  constructor(
    recorder: Recorder,
    { clock, media, codec }: { readonly clock: Clock; readonly media: "audio" | "video"; readonly codec: string },
  ) {
    this.#clock = clock;
    this.#frameSize = recorder.histogram("moq.publisher.frame_size", { media });
    this.#groupSize = recorder.histogram("moq.publisher.group_size", { media });
    this.#bitrate = recorder.histogram("moq.publisher.bitrate", { media });
    this.#keyframeInterval =
      media === "video" ? recorder.histogram("moq.publisher.keyframe_interval", { codec: codecLabel(codec) }) : undefined;
  }
  /** A frame of so many encoded bytes was written. */
  frame(bytes: number, { timestampUs, keyframe }: { readonly timestampUs: number; readonly keyframe: boolean }): void {
    this.#frameSize.record(bytes);
    this.#groupBytes += bytes;
    if (keyframe) this.#keyframe(timestampUs);
    this.#count(bytes, this.#clock.now());
  }
  groupEnded(): void {
    if (this.#groupBytes > 0) this.#groupSize.record(this.#groupBytes);
    this.#groupBytes = 0;
  }
  #keyframe(timestampUs: number): void {
    const before = this.#keyframeUs;
    this.#keyframeUs = timestampUs;
    if (before !== undefined && timestampUs > before) this.#keyframeInterval?.record((timestampUs - before) / 1e6);
  }
  /** A window ends with the first frame after it, and is as long as it was. */
  #count(bytes: number, nowMs: number): void {
    this.#windowStartMs ??= nowMs;
    const lengthMs = nowMs - this.#windowStartMs;
    if (lengthMs >= windowMs) {
      this.#bitrate.record((this.#windowBytes * 8 * 1000) / lengthMs);
      this.#windowStartMs = nowMs;
      this.#windowBytes = 0;
    }
    this.#windowBytes += bytes;
  }
}
