import type { Broadcast, Clock, LiteError, TrackReading } from "@moqscope/lite";
import { type AudioConfig, TrackPriority } from "../../catalog/types.ts";
import { codecLabel } from "../../measure/codec-label.ts";
import { type BufferedFrame, GroupBuffer } from "../buffer/group-buffer.ts";
import type { FrameTimes } from "../measure/frame-times.ts";
import type { FrameDropReason } from "../measure/instruments.ts";
import type { MediaTally } from "../measure/tally.ts";
import { LiveEdge } from "../timing/live-edge.ts";
import { audioDecoderConfig } from "./configs.ts";
import { DecoderFeed } from "./decoder.ts";
import type { MediaPlatform, Sound } from "./platform.ts";
import type { PipelineEvents } from "./video-pipeline.ts";

/** Frames that may be in the decoder at once. */
const maxPending = 32;

/** Largest difference between a frame's timestamp and its decoder's that is the decoder's own delay. */
const maxDecoderSkewUs = 30_000;

export interface AudioPipelineOptions {
  readonly name: string;
  readonly config: AudioConfig;
  readonly platform: MediaPlatform;
  readonly clock: Clock;
  readonly tally: MediaTally;
  readonly events: PipelineEvents;
  readonly catchingUp: () => boolean;
  /** Told the timestamp of each frame as it is decoded. */
  readonly decoded: (timestampUs: number) => void;
  /** Takes decoded sound that is not yet past; must not keep the object. */
  readonly sound: (sound: Sound, timestampUs: number) => void;
}

/** One audio rendition from its track to decoded sound. */
export class AudioPipeline {
  readonly name: string;
  readonly config: AudioConfig;
  readonly edge: LiveEdge = new LiveEdge();
  readonly #options: AudioPipelineOptions;
  readonly #buffer: GroupBuffer;
  readonly #feed: DecoderFeed<AudioDecoderConfig, Sound>;
  readonly #stop = new AbortController();
  readonly #codec: ReturnType<typeof codecLabel>;
  readonly #times: FrameTimes;
  #reading: TrackReading | undefined;
  #submitted: number[] = [];
  #positionUs: number | undefined;
  #decodedUs: number | undefined;
  #firstUs: number | undefined;
  #objects = 0;
  #outputs = 0;

  constructor(options: AudioPipelineOptions) {
    const { name, config, platform, clock, tally, events } = options;
    this.name = name;
    this.config = config;
    this.#options = options;
    this.#codec = codecLabel(config.codec);
    this.#times = tally.times(this.#codec);
    this.#buffer = new GroupBuffer({
      now: () => clock.now(),
      leadUs: 60_000,
      events: {
        received: (frame, arrivalMs) => this.#received(frame, arrivalMs),
        dropped: (count, why) => tally.dropped(this.#lateReason(why), this.#codec, count),
        group: (outcome, count) => tally.group(outcome, count),
        delivered: (elapsedMs) => tally.delivered(elapsedMs),
        rewound: () => {
          this.edge.reset();
          this.#decodedUs = undefined;
          events.rewound();
        },
        invalid: (error) => events.flawed(error),
        changed: () => events.changed(),
        ended: (error?: LiteError) => events.ended(error),
      },
    });
    this.#feed = new DecoderFeed({
      create: (callbacks) => platform.audioDecoder(callbacks),
      config: audioDecoderConfig(config),
      output: (sound) => this.#output(sound),
      failed: (error, lost, fatal) => {
        this.#submitted = [];
        this.#times.lost();
        tally.dropped("decode_error", this.#codec, lost);
        events.flawed(error);
        if (fatal) events.ended(error);
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
      this.#reading = track.attach(this.#buffer, { priority: TrackPriority.audio, ordered: false, maxLatencyMs: 0 });
      if (signal.aborted) this.#reading.detach();
    } catch (error) {
      if (!signal.aborted) this.#options.events.ended(error);
    }
  }
  /** Media time at which decoded sound ends. */
  get decodedUs(): number | undefined {
    return this.#decodedUs;
  }
  /** Timestamp of the first decoded sound. */
  get firstUs(): number | undefined {
    return this.#firstUs;
  }
  /** Frames that the decoder has not begun with. */
  get decodeQueue(): number {
    return this.#feed.queued;
  }
  get holdsFrames(): boolean {
    return this.#buffer.length > 0 || this.#feed.pending > 0;
  }
  pump(positionUs: number | undefined): void {
    this.#positionUs = positionUs;
    // A decoder that is full must not keep what nobody will see any more.
    this.#buffer.passOver(positionUs);
    while (this.#feed.pending < maxPending) {
      const frame = this.#buffer.next(positionUs);
      if (!frame) return;
      this.#submitted.push(frame.timestampUs);
      this.#times.submitted(frame, this.#options.clock.now());
      // Every audio frame decodes alone, whatever its place in its group.
      this.#feed.decode({ ...frame, keyframe: true });
    }
  }
  close(reason: FrameDropReason): void {
    this.#stop.abort();
    const left = this.#feed.reset() + this.#buffer.length;
    this.#options.tally.dropped(reason, this.#codec, left);
    this.#feed.close();
    // Before the subscription ends: that aborts its open groups, which would look like the peer's doing.
    this.#buffer.close();
    this.#reading?.detach();
  }
  #received({ timestampUs, payload, keyframe }: BufferedFrame, arrivalMs: number): void {
    const { tally, events } = this.#options;
    if (payload.byteLength > 0) tally.received();
    events.received(payload.byteLength, keyframe);
    this.edge.observe(timestampUs, arrivalMs);
    if (this.#objects++ === 0) events.firstObject();
  }
  #output(sound: Sound): void {
    const { tally, events } = this.#options;
    const submittedUs = this.#submitted.shift();
    if (submittedUs !== undefined) this.#times.decoded(submittedUs, this.#options.clock.now());
    const timestampUs = timestampOf(sound, submittedUs);
    const endUs = timestampUs + (sound.numberOfFrames / sound.sampleRate) * 1e6;
    tally.decoded(this.#codec);
    this.#options.decoded(timestampUs);
    if (this.#outputs++ === 0) events.firstOutput();
    this.#firstUs ??= timestampUs;
    this.#decodedUs = Math.max(this.#decodedUs ?? 0, endUs);
    if (this.#positionUs !== undefined && endUs <= this.#positionUs) tally.dropped(this.#lateReason("late"), this.#codec, 1);
    else this.#options.sound(sound, timestampUs);
    sound.close();
    events.changed();
  }
  #lateReason(why: "late" | "passed"): FrameDropReason {
    if (this.#options.catchingUp()) return "resync";
    return why === "passed" && this.#feed.pending > 0 ? "decode_queue" : "deadline";
  }
}

/**
 * Decoders may count on from their first timestamp by samples, over any gap in what they were given: beyond a difference that
 * their own delay explains, the frame that went in says when this is.
 */
function timestampOf({ timestamp }: Sound, submittedUs: number | undefined): number {
  return submittedUs === undefined || Math.abs(submittedUs - timestamp) < maxDecoderSkewUs ? timestamp : submittedUs;
}
