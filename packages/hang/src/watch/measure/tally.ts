import type { CodecLabel } from "../../measure/codec-label.ts";
import type { GroupOutcome } from "../buffer/group-ledger.ts";
import type { FrameCounts } from "../stats.ts";
import { Cadence } from "./cadence.ts";
import { FrameTimes } from "./frame-times.ts";
import type { FrameDropReason, PlayerInstruments } from "./instruments.ts";

/** Frames and groups of one kind of media, counted for the snapshot and for telemetry at once. */
export class MediaTally {
  readonly media: "audio" | "video";
  readonly #instruments: PlayerInstruments;
  readonly #cadence = new Cadence();
  #freezes = 0;
  #freezeMs = 0;
  #received = 0;
  #decoded = 0;
  #rendered = 0;
  readonly #dropped: Record<FrameDropReason, number> = { decode_queue: 0, deadline: 0, decode_error: 0, resync: 0, hidden: 0 };
  readonly #groups: Record<GroupOutcome, number> = { complete: 0, late: 0, skipped: 0, incomplete: 0, reset: 0, missing: 0 };
  constructor(media: "audio" | "video", instruments: PlayerInstruments) {
    this.media = media;
    this.#instruments = instruments;
  }
  get frames(): FrameCounts {
    return { received: this.#received, decoded: this.#decoded, rendered: this.#rendered, dropped: { ...this.#dropped } };
  }
  get groups(): Readonly<Record<GroupOutcome, number>> {
    return { ...this.#groups };
  }
  /** Pictures that stood still by the W3C rule, and for how long in all. */
  get freezes(): { readonly count: number; readonly seconds: number } {
    return { count: this.#freezes, seconds: this.#freezeMs / 1000 };
  }
  get droppedFrames(): number {
    return Object.values(this.#dropped).reduce((sum, count) => sum + count, 0);
  }
  received(): void {
    this.#received++;
    this.#instruments.frameReceived(this.media);
  }
  decoded(codec: CodecLabel): void {
    this.#decoded++;
    this.#instruments.frameDecoded(codec);
  }
  /** @param stalled whether playback stood still for want of it: then the gap before it is no rhythm of playing. */
  rendered(codec: CodecLabel, { nowMs, stalled }: { readonly nowMs: number; readonly stalled: boolean }): void {
    this.#rendered++;
    this.#instruments.frameRendered(codec);
    const gap = this.#cadence.presented(nowMs);
    if (gap === undefined) return;
    if (!stalled) this.#instruments.frameInterval(codec, gap.ms / 1000);
    if (!gap.isFreeze) return;
    this.#freezes++;
    this.#freezeMs += gap.ms;
    this.#instruments.freeze(gap.ms / 1000);
  }
  /** Nobody expects a picture now: the next one ends no gap. */
  interrupt(): void {
    this.#cadence.interrupt();
  }
  dropped(reason: FrameDropReason, codec: CodecLabel, count: number): void {
    if (count === 0) return;
    this.#dropped[reason] += count;
    this.#instruments.framesDropped(reason, codec, count);
  }
  /** A whole group took so long from its first byte to its end. */
  delivered(elapsedMs: number): void {
    this.#instruments.groupDelivery(this.media, elapsedMs / 1000);
  }
  times(codec: CodecLabel): FrameTimes {
    return new FrameTimes(this.#instruments, { media: this.media, codec });
  }
  group(outcome: GroupOutcome, count: number): void {
    this.#groups[outcome] += count;
    this.#instruments.groups(outcome, this.media, count);
  }
}
