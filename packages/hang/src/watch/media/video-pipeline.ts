import type { Broadcast, Clock, LiteError, TrackReading } from "@moqscope/lite";
import { TrackPriority, type VideoConfig } from "../../catalog/types.ts";
import { codecLabel } from "../../measure/codec-label.ts";
import { type BufferedFrame, GroupBuffer } from "../buffer/group-buffer.ts";
import type { FrameTimes } from "../measure/frame-times.ts";
import type { FrameDropReason } from "../measure/instruments.ts";
import type { MediaTally } from "../measure/tally.ts";
import { LiveEdge } from "../timing/live-edge.ts";
import { videoDecoderConfig } from "./configs.ts";
import { DecoderFeed } from "./decoder.ts";
import { PictureQueue } from "./picture-queue.ts";
import type { MediaPlatform, Picture } from "./platform.ts";

/** Decoded pictures and frames in the decoder that are held ahead of the playhead: a decoder owns few. */
const maxAhead = 10;
/** A picture is not dropped for a newer one that has been due for less than this, in µs: a refresh that came late shows both in turn. */
const graceUs = 25_000;
/** Longest picture interval that is believed, in µs. */
const maxIntervalUs = 2_000_000;

/** What a pipeline tells of its track, whichever media it carries. */
export interface PipelineEvents {
  /** The track was found and can be read. */
  subscribed(): void;
  firstObject(): void;
  firstOutput(): void;
  /** `newGroup`: it was the first of its group. */
  received(bytes: number, newGroup: boolean): void;
  changed(): void;
  rewound(): void;
  /** The track is over, or cannot be had or decoded; without `error` it is complete. */
  ended(error?: unknown): void;
  /** Something was wrong and was left out. */
  flawed(error: unknown): void;
}
export interface VideoPipelineOptions {
  readonly name: string;
  readonly config: VideoConfig;
  readonly platform: MediaPlatform;
  readonly clock: Clock;
  readonly tally: MediaTally;
  readonly events: PipelineEvents;
  /** Whether lateness is ours: playback is being set anew and frames are decoded only to catch up. */
  readonly catchingUp: () => boolean;
  /** Told the timestamp of each picture as it is decoded. */
  readonly decoded: (timestampUs: number) => void;
  /** Groups that begin before this media time are skipped: a switch waits for the next keyframe. */
  readonly fromUs?: () => number | undefined;
}

/** One video rendition from its track to decoded pictures. */
export class VideoPipeline {
  readonly name: string;
  readonly config: VideoConfig;
  readonly edge: LiveEdge = new LiveEdge();
  readonly #options: VideoPipelineOptions;
  readonly #buffer: GroupBuffer;
  readonly #feed: DecoderFeed<VideoDecoderConfig, Picture>;
  readonly #pictures = new PictureQueue();
  readonly #stop = new AbortController();
  readonly #codec: ReturnType<typeof codecLabel>;
  readonly #times: FrameTimes;
  #reading: TrackReading | undefined;
  #lastReceivedUs: number | undefined;
  #intervalUs: number;
  #positionUs: number | undefined;
  #objects = 0;
  #outputs = 0;

  constructor(options: VideoPipelineOptions) {
    const { name, config, platform, clock, tally } = options;
    this.name = name;
    this.config = config;
    this.#options = options;
    this.#codec = codecLabel(config.codec);
    this.#times = tally.times(this.#codec);
    this.#intervalUs = config.framerate ? 1e6 / config.framerate : 0;
    this.#buffer = new GroupBuffer({
      now: () => clock.now(),
      leadUs: 60_000,
      refuse: (firstUs) => this.#refuses(firstUs),
      events: {
        received: (frame, arrivalMs) => this.#received(frame, arrivalMs),
        dropped: (count, why) => tally.dropped(this.#lateReason(why), this.#codec, count),
        group: (outcome, count) => tally.group(outcome, count),
        delivered: (elapsedMs) => tally.delivered(elapsedMs),
        rewound: () => this.#rewound(),
        invalid: (error) => options.events.flawed(error),
        changed: () => options.events.changed(),
        ended: (error?: LiteError) => options.events.ended(error),
      },
    });
    this.#feed = new DecoderFeed({
      create: (callbacks) => platform.videoDecoder(callbacks),
      config: videoDecoderConfig(config),
      output: (picture) => this.#output(picture),
      failed: (error, lost, fatal) => {
        this.#times.lost();
        tally.dropped("decode_error", this.#codec, lost);
        options.events.flawed(error);
        if (fatal) options.events.ended(error);
      },
    });
  }
  /** Finds the track and subscribes. Failures are told to `ended`. */
  async open(broadcast: Broadcast): Promise<void> {
    const { signal } = this.#stop;
    try {
      const track = await broadcast.track(this.name, { signal });
      if (signal.aborted) return;
      this.#options.events.subscribed();
      this.#reading = track.attach(this.#buffer, { priority: TrackPriority.video, ordered: false, maxLatencyMs: 0 });
      if (signal.aborted) this.#reading.detach();
    } catch (error) {
      if (!signal.aborted) this.#options.events.ended(error);
    }
  }
  /** Timestamp of the first picture that is ready. */
  get readyUs(): number | undefined {
    return this.#pictures.firstUs;
  }
  /** Frames that the decoder has not begun with. */
  get decodeQueue(): number {
    return this.#feed.queued;
  }
  get intervalUs(): number {
    return this.#intervalUs;
  }
  /** Whether undecoded frames wait here: then a missed deadline is the decoder's. */
  get holdsFrames(): boolean {
    return this.#buffer.length > 0 || this.#feed.pending > 0;
  }
  /** Moves frames on towards the screen. */
  pump(positionUs: number | undefined): void {
    this.#positionUs = positionUs;
    // A decoder that is full must not keep what nobody will see any more.
    this.#buffer.passOver(positionUs);
    while (this.#feed.pending + this.#pictures.length < maxAhead) {
      const frame = this.#buffer.next(positionUs);
      if (!frame) return;
      this.#times.submitted(frame, this.#options.clock.now());
      if (!this.#feed.decode(frame)) this.#options.tally.dropped("decode_error", this.#codec, 1);
    }
  }
  /** The picture to show now. The caller closes it. */
  take(positionUs: number): Picture | undefined {
    const due = this.#pictures.take(positionUs, graceUs);
    if (due) this.#options.tally.dropped(this.#lateReason("late"), this.#codec, due.overtaken);
    return due?.picture;
  }
  /** @param stalled whether playback stood still for want of this picture. */
  presented(stalled: boolean): void {
    this.#options.tally.rendered(this.#codec, { nowMs: this.#options.clock.now(), stalled });
  }
  /** Lets go of everything. Frames received and not presented count under `reason`. */
  close(reason: FrameDropReason): void {
    this.#stop.abort();
    const left = this.#pictures.clear() + this.#feed.reset() + this.#buffer.length;
    this.#options.tally.dropped(reason, this.#codec, left);
    this.#feed.close();
    // Before the subscription ends: that aborts its open groups, which would look like the peer's doing.
    this.#buffer.close();
    this.#reading?.detach();
  }

  #received(frame: BufferedFrame, arrivalMs: number): void {
    const { tally, events } = this.#options;
    const { timestampUs, payload, keyframe } = frame;
    if (keyframe) this.#times.keyframe(frame);
    if (payload.byteLength > 0) tally.received();
    events.received(payload.byteLength, keyframe);
    this.edge.observe(timestampUs, arrivalMs);
    const gap = this.#lastReceivedUs === undefined ? 0 : timestampUs - this.#lastReceivedUs;
    if (gap > 0 && gap < maxIntervalUs && !this.config.framerate) this.#intervalUs = gap;
    this.#lastReceivedUs = timestampUs;
    if (this.#objects++ === 0) events.firstObject();
  }
  #output(picture: Picture): void {
    const { tally, events } = this.#options;
    tally.decoded(this.#codec);
    this.#times.decoded(picture.timestamp, this.#options.clock.now());
    this.#options.decoded(picture.timestamp);
    if (this.#outputs++ === 0) events.firstOutput();
    this.#pictures.push(picture);
    // While catching up nobody paints what is long past, and the decoder must not wait for a screen refresh.
    if (this.#pictures.length >= maxAhead && this.#positionUs !== undefined) this.dropOvertaken(this.#positionUs);
    events.changed();
  }
  /** Lets go of every picture that is due but the newest. */
  dropOvertaken(positionUs: number): void {
    const due = this.#pictures.take(positionUs);
    if (!due) return;
    this.#options.tally.dropped(this.#lateReason("late"), this.#codec, due.overtaken);
    this.#pictures.push(due.picture);
  }
  #refuses(firstUs: number): boolean {
    const from = this.#options.fromUs?.();
    return from !== undefined && firstUs < from;
  }
  #rewound(): void {
    this.#options.tally.dropped("resync", this.#codec, this.#pictures.clear());
    this.edge.reset();
    this.#options.events.rewound();
  }
  #lateReason(why: "late" | "passed"): FrameDropReason {
    if (this.#options.catchingUp()) return "resync";
    return why === "passed" && this.#feed.pending > 0 ? "decode_queue" : "deadline";
  }
}
