import { type Broadcast, type Clock, LiteError } from "@moqscope/lite";
import type { Catalog, VideoConfig } from "../catalog/types.ts";
import type { HangError } from "../error.ts";
import { isGone } from "./measure/errors.ts";
import type { FrameDropReason, SwitchTrigger } from "./measure/instruments.ts";
import type { MediaTally } from "./measure/tally.ts";
import { AudioPipeline } from "./media/audio-pipeline.ts";
import { Offer } from "./media/offer.ts";
import type { MediaPlatform, Picture } from "./media/platform.ts";
import { chooseRendition } from "./media/rendition.ts";
import type { SoundDesk } from "./media/sound-desk.ts";
import { type PipelineEvents, VideoPipeline } from "./media/video-pipeline.ts";
import type { LiveEdge } from "./timing/live-edge.ts";

/** A rendition by its track name. */
export interface Rendition {
  readonly name: string;
  readonly config: VideoConfig;
}
/** Which rendition is wanted, by name or by the height in device pixels at which it is shown. */
export interface RenditionWish {
  readonly name?: string | undefined;
  readonly heightPx?: number | undefined;
}
export interface TracksEvents {
  /** A step of the startup was seen. */
  reached(phase: "subscribe" | "first_object" | "decode"): void;
  received(media: "audio" | "video", bytes: number, newGroup: boolean): void;
  flawed(error: unknown): void;
  /** Nothing can be played. */
  failed(error: HangError): void;
  /** There may be something new to present. */
  moved(): void;
  /** Media time starts anew. */
  rewound(): void;
}
export interface TracksOptions {
  readonly clock: Clock;
  readonly platform: MediaPlatform;
  readonly tallies: { readonly video: MediaTally; readonly audio: MediaTally };
  readonly events: TracksEvents;
  readonly desk: SoundDesk;
  readonly positionUs: () => number | undefined;
  /** Whether playback is being set anew: what is late then is late by our doing. */
  readonly catchingUp: () => boolean;
  /** Something of what is presented was decoded, by its timestamp. */
  readonly decoded: (timestampUs: number) => void;
}

/** How long a subscription that the peer ended is left alone, in milliseconds. */
const reopenMs = 1000;

/** The tracks of one broadcast that are played: one of sound, one of pictures, and another of pictures while it takes over. */
export class Tracks {
  readonly #options: TracksOptions;
  #broadcast: Broadcast | undefined;
  #offer: Offer;
  #video: VideoPipeline | undefined;
  #standby: VideoPipeline | undefined;
  #audio: AudioPipeline | undefined;
  #trigger: SwitchTrigger = "abr";
  #complete = new Set<"video" | "audio">();
  #hidden = false;
  #wish: RenditionWish = {};
  #pumping = false;

  constructor(options: TracksOptions) {
    this.#options = options;
    this.#offer = this.#newOffer();
  }
  get video(): VideoPipeline | undefined {
    return this.#video;
  }
  get audio(): AudioPipeline | undefined {
    return this.#audio;
  }
  /** Why the last rendition was opened. */
  get trigger(): SwitchTrigger {
    return this.#trigger;
  }
  /** Timestamp of the next picture that is decoded. */
  get readyUs(): number | undefined {
    return this.#video?.readyUs ?? this.#standby?.readyUs;
  }
  /** Whether the track that is presented has come to its end. */
  get complete(): boolean {
    return this.#complete.has(this.#video ? "video" : "audio");
  }
  /** Whether decoded or undecoded frames are at hand: then what is missing is the decoder's. */
  get holdsFrames(): boolean {
    return (this.#video ?? this.#audio)?.holdsFrames ?? false;
  }
  *edges(): Iterable<LiveEdge> {
    if (this.#video) yield this.#video.edge;
    if (this.#audio) yield this.#audio.edge;
  }

  /** Opens what this catalog offers; called again whenever the catalog changes. */
  async use(broadcast: Broadcast, catalog: Catalog): Promise<void> {
    if (this.#broadcast !== broadcast) this.#offer = this.#newOffer();
    this.#broadcast = broadcast;
    const offer = this.#offer;
    await offer.take(catalog);
    if (this.#offer !== offer || this.#broadcast !== broadcast) return;
    this.#complete.clear();
    if (offer.failure) return this.#options.events.failed(offer.failure);
    this.#openAudio();
    this.#openVideo("fallback");
  }
  isOf(broadcast: Broadcast): boolean {
    return this.#broadcast === broadcast;
  }
  wish(wish: RenditionWish, trigger: SwitchTrigger): void {
    this.#wish = wish;
    if (this.#broadcast && this.#video) this.#openVideo(trigger);
  }
  /** Pictures are not transferred while nobody sees them. */
  hide(hidden: boolean): void {
    this.#hidden = hidden;
    if (hidden) this.#closeVideo("hidden");
    else if (this.#broadcast) this.#openVideo("fallback");
  }
  /** Lets go of every track. */
  leave(): void {
    this.#closeVideo("resync");
    this.#audio?.close("resync");
    this.#audio = undefined;
    this.#broadcast = undefined;
  }
  /** Moves frames on towards screen and sound card. */
  pump(): void {
    const position = this.#options.positionUs();
    this.#video?.pump(position);
    this.#standby?.pump(position);
    this.#audio?.pump(position);
    if (position !== undefined) this.#options.desk.output?.flush(position);
  }
  /** The newest picture that is due; the first one of another rendition takes over. The caller closes it. */
  take(positionUs: number): Picture | undefined {
    return this.#takeSwitched(positionUs) ?? this.#video?.take(positionUs);
  }

  #takeSwitched(positionUs: number): Picture | undefined {
    const standby = this.#standby;
    const picture = standby?.take(positionUs);
    if (!standby || !picture) return undefined;
    this.#video?.close("resync");
    this.#video = standby;
    this.#standby = undefined;
    return picture;
  }
  #newOffer(): Offer {
    return new Offer(this.#options.platform, (error) => this.#options.events.flawed(error));
  }
  #openVideo(trigger: SwitchTrigger): void {
    const broadcast = this.#broadcast;
    const wanted = this.#hidden ? undefined : this.#wanted();
    if (!broadcast || !wanted || (this.#standby ?? this.#video)?.name === wanted.name) return;
    this.#standby?.close("resync");
    this.#standby = undefined;
    if (this.#video?.name === wanted.name) return;
    this.#trigger = trigger;
    const active = this.#video && this.#offer.video.has(this.#video.name) ? this.#video : undefined;
    const pipeline = this.#videoPipeline(wanted, active);
    if (active) this.#standby = pipeline;
    else {
      this.#video?.close("resync");
      this.#video = pipeline;
    }
    void pipeline.open(broadcast);
  }
  #wanted(): Rendition | undefined {
    const { video } = this.#offer;
    const name = chooseRendition(video, this.#wish);
    const config = name === undefined ? undefined : video.get(name);
    return name !== undefined && config ? { name, config } : undefined;
  }
  #videoPipeline({ name, config }: Rendition, after: VideoPipeline | undefined): VideoPipeline {
    const { platform, clock, tallies, positionUs, catchingUp, decoded } = this.#options;
    const pipeline: VideoPipeline = new VideoPipeline({
      name,
      config,
      platform,
      clock,
      tally: tallies.video,
      catchingUp: () => catchingUp() || this.#video !== pipeline,
      decoded: (timestampUs) => this.#video === pipeline && decoded(timestampUs),
      events: this.#pipelineEvents("video", () => pipeline),
      ...(after ? { fromUs: () => (this.#video === after ? positionUs() : undefined) } : {}),
    });
    return pipeline;
  }
  #openAudio(): void {
    const broadcast = this.#broadcast;
    const { audio: playable } = this.#offer;
    if (!broadcast || (this.#audio && playable.has(this.#audio.name))) return;
    this.#audio?.close("resync");
    this.#audio = undefined;
    const [first] = playable;
    if (!first) return;
    const [name, config] = first;
    const { platform, clock, tallies, desk, catchingUp, decoded } = this.#options;
    desk.prepare(config);
    const pipeline: AudioPipeline = new AudioPipeline({
      name,
      config,
      platform,
      clock,
      tally: tallies.audio,
      catchingUp,
      decoded,
      events: this.#pipelineEvents("audio", () => pipeline),
      sound: (sound, timestampUs) => desk.output?.push(sound, timestampUs),
    });
    this.#audio = pipeline;
    void pipeline.open(broadcast);
  }
  #closeVideo(reason: FrameDropReason): void {
    this.#standby?.close(reason);
    this.#standby = undefined;
    this.#video?.close(reason);
    this.#video = undefined;
  }
  #pipelineEvents(media: "video" | "audio", self: () => VideoPipeline | AudioPipeline): PipelineEvents {
    const { events } = this.#options;
    return {
      subscribed: () => events.reached("subscribe"),
      firstObject: () => events.reached("first_object"),
      firstOutput: () => (media === "video" || !this.#video) && events.reached("decode"),
      received: (bytes, newGroup) => events.received(media, bytes, newGroup),
      changed: () => this.#changed(),
      rewound: () => events.rewound(),
      flawed: (error) => events.flawed(error),
      ended: (error) => this.#ended(media, self(), error),
    };
  }
  /** Decoders and networks speak while we are in the middle of a step: one step at a time is enough. */
  #changed(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.pump();
      this.#options.events.moved();
    });
  }
  #ended(media: "video" | "audio", pipeline: VideoPipeline | AudioPipeline, error: unknown): void {
    if (error === undefined) return void this.#complete.add(media);
    if (isGone(error)) return;
    this.#options.events.flawed(error);
    if (error instanceof LiteError) return this.#reopen(pipeline);
    // It cannot be decoded: another rendition may do better.
    this.#offer.refuse(pipeline.name, error instanceof Error ? error.message : "its decoder failed");
    this.#replace(pipeline);
    const { failure } = this.#offer;
    if (failure) this.#options.events.failed(failure);
  }
  /** The peer ended this subscription and not the broadcast: asks again in a while. */
  #reopen(pipeline: VideoPipeline | AudioPipeline): void {
    const broadcast = this.#broadcast;
    this.#options.clock.after(reopenMs, () => {
      if (this.#broadcast === broadcast) this.#replace(pipeline);
    });
  }
  #replace(pipeline: VideoPipeline | AudioPipeline): void {
    pipeline.close("resync");
    if (pipeline === this.#standby) this.#standby = undefined;
    else if (pipeline === this.#video) {
      this.#video = undefined;
      this.#openVideo("fallback");
    } else if (pipeline === this.#audio) {
      this.#audio = undefined;
      this.#openAudio();
    }
  }
}
