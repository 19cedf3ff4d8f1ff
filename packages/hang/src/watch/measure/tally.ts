import type { GroupOutcome } from "../buffer/group-ledger.ts";
import type { CodecLabel } from "../media/configs.ts";
import type { FrameCounts } from "../stats.ts";
import type { FrameDropReason, PlayerInstruments } from "./instruments.ts";

/** Frames and groups of one kind of media, counted for the snapshot and for telemetry at once. */
export class MediaTally {
  readonly media: "audio" | "video";
  readonly #instruments: PlayerInstruments;
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
  rendered(codec: CodecLabel): void {
    this.#rendered++;
    this.#instruments.frameRendered(codec);
  }
  dropped(reason: FrameDropReason, codec: CodecLabel, count: number): void {
    if (count === 0) return;
    this.#dropped[reason] += count;
    this.#instruments.framesDropped(reason, codec, count);
  }
  group(outcome: GroupOutcome, count: number): void {
    this.#groups[outcome] += count;
    this.#instruments.groups(outcome, this.media, count);
  }
}
