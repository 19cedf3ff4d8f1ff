import { type Broadcast, type Clock, LiteError } from "@moqscope/lite";
import type { Catalog, VideoConfig } from "../catalog/types.ts";
import type { HangError } from "../error.ts";
import { isGone } from "./measure/errors.ts";
import type { FrameDropReason, StallCause, SwitchTrigger } from "./measure/instruments.ts";
import type { MediaTally } from "./measure/tally.ts";
import type { OpenSound, SoundOutput } from "./media/audio-output.ts";
import { AudioPipeline } from "./media/audio-pipeline.ts";
import { Offer } from "./media/offer.ts";
import type { MediaPlatform, Picture } from "./media/platform.ts";
import { chooseRendition } from "./media/rendition.ts";
import { SoundDesk } from "./media/sound-desk.ts";
import { type PipelineEvents, VideoPipeline } from "./media/video-pipeline.ts";
import type { LiveEdge } from "./timing/live-edge.ts";
import { Playhead } from "./timing/playhead.ts";
import { StallDetector } from "./timing/stall.ts";

/** A rendition by its track name. */
export interface Rendition {
  readonly name: string;
  readonly config: VideoConfig;
}
/** What the stage tells the player that owns it. */
export interface StageEvents {
  /** A step of the startup was seen. */
  reached(phase: "subscribe" | "first_object" | "decode"): void;
  /** Media is presented and the clock moves: a picture was painted, or sound runs where there is no picture. */
  presented(): void;
  /** The first picture of another rendition was painted. */
  switched(from: Rendition, to: Rendition, trigger: SwitchTrigger): void;
  stalled(): void;
  /** The stall is over after so long. */
  recovered(durationMs: number): void;
  received(media: "audio" | "video", bytes: number, newGroup: boolean): void;
  flawed(error: unknown): void;
  /** Nothing can be played. */
  failed(error: HangError): void;
  /** Every track is complete and played out. */
  finished(): void;
  /** Something that the controls show has changed. */
  changed(): void;
}
export interface StageOptions {
  readonly clock: Clock;
  readonly platform: MediaPlatform;
  readonly openSound: OpenSound;
  readonly paint: (picture: Picture) => void;
  readonly tallies: { readonly video: MediaTally; readonly audio: MediaTally };
  readonly events: StageEvents;
  /** Why the next picture is not there, as far as the connection can tell. */
  readonly cause: () => StallCause;
  readonly latencyMs: number;
}

/** How long a subscription that the peer ended is left alone, in milliseconds. */
const reopenMs = 1000;

/** Presents one broadcast: chooses renditions, keeps picture with sound at the target latency, and notices when either fails to come. */
export class Stage {
  readonly playhead: Playhead;
  readonly stall: StallDetector = new StallDetector();
  readonly #options: StageOptions;
  readonly #desk: SoundDesk;
  #broadcast: Broadcast | undefined;
  #offer: Offer;
  #video: VideoPipeline | undefined;
  #standby: VideoPipeline | undefined;
  #trigger: SwitchTrigger = "abr";
  #audio: AudioPipeline | undefined;
  #shownUs: number | undefined;
  #shownMs = 0;
  #shown: Rendition | undefined;
  #complete = new Set<"video" | "audio">();
  #hidden = false;
  #wish: { name?: string | undefined; heightPx?: number | undefined } = {};

  constructor(options: StageOptions) {
    this.#options = options;
    this.#offer = this.#newOffer();
    this.#desk = new SoundDesk({ system: () => options.clock.now(), open: options.openSound, changed: () => options.events.changed() });
    this.playhead = new Playhead({
      timebase: this.#desk.timebase,
      now: () => options.clock.now(),
      edges: () => this.#edges(),
      latencyMs: options.latencyMs,
    });
  }
  get sound(): SoundOutput | undefined {
    return this.#desk.output;
  }
  /** Bits per second of the sound, where the catalog says. */
  get audioBitrate(): number | undefined {
    return this.#audio?.config.bitrate;
  }
  /** The rendition on screen. */
  get shown(): Rendition | undefined {
    return this.#shown;
  }
  /** Whether decoded or undecoded frames are at hand: then what is missing is the decoder's. */
  get holdsFrames(): boolean {
    return (this.#video ?? this.#audio)?.holdsFrames ?? false;
  }
  /** Media time on screen, or where the playhead is. */
  get currentUs(): number | undefined {
    return this.playhead.running && !this.stall.confirmed ? this.playhead.positionUs : (this.#shownUs ?? this.playhead.positionUs);
  }
  /** Received media ahead of the playhead, in milliseconds. */
  bufferMs(media: "audio" | "video"): number | undefined {
    const pipeline = media === "video" ? this.#video : this.#audio;
    const current = this.currentUs;
    if (!pipeline || current === undefined) return undefined;
    return Math.max(0, ((pipeline.edge.newestUs ?? current) - current) / 1000);
  }
  get liveEdgeMs(): number | undefined {
    const current = this.currentUs;
    const newest = [...this.#edges()].map((edge) => edge.newestUs ?? Number.NEGATIVE_INFINITY);
    const edge = Math.max(...newest);
    return current === undefined || !Number.isFinite(edge) ? undefined : Math.max(0, (edge - current) / 1000);
  }

  /** Shows this catalog's renditions; called again whenever the catalog changes. */
  async use(broadcast: Broadcast, catalog: Catalog): Promise<void> {
    if (this.#broadcast !== broadcast) {
      this.leave();
      this.#offer = this.#newOffer();
    }
    this.#broadcast = broadcast;
    const offer = this.#offer;
    await offer.take(catalog);
    if (this.#offer !== offer || this.#broadcast !== broadcast) return;
    this.#complete.clear();
    if (offer.failure) return this.#options.events.failed(offer.failure);
    this.#openAudio();
    this.#openVideo("fallback");
  }
  /** Which rendition is wanted, by name or by the height it is shown at. */
  wish(wish: { name?: string | undefined; heightPx?: number | undefined }, trigger: SwitchTrigger): void {
    this.#wish = wish;
    if (this.#broadcast && this.#video) this.#openVideo(trigger);
  }
  /** Nobody sees the picture: it is not transferred, and neither lateness nor absence counts. Sound goes on. */
  hide(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#endStall();
    if (hidden) this.#closeVideo("hidden");
    else if (this.#broadcast) this.#openVideo("fallback");
  }
  gain(value: number): void {
    this.#desk.gain(value);
  }
  latency(latencyMs: number): void {
    this.playhead.latencyMs = latencyMs;
    if (this.playhead.running && !this.stall.confirmed) this.#settle();
  }
  /** Lets go of every track; the last picture stays on screen. */
  leave(): void {
    this.#endStall();
    this.#closeVideo("resync");
    this.#audio?.close("resync");
    this.#audio = undefined;
    this.#broadcast = undefined;
    this.#settle();
    this.sound?.clear();
  }
  close(): void {
    this.leave();
    this.#desk.close();
  }

  /** One step of presentation: feeds decoders, paints what is due, notices what is missing. */
  tick(): void {
    this.#desk.follow(this.playhead);
    const position = this.playhead.positionUs;
    this.#video?.pump(position);
    this.#standby?.pump(position);
    this.#audio?.pump(position);
    if (position === undefined || this.#hidden) return this.#tickHidden(position);
    if (this.#video) this.#tickVideo(position);
    else this.#tickAudio(position);
    if (this.playhead.catchUp()) {
      this.sound?.clear();
      this.#desk.anchor(this.playhead);
    }
  }
  #tickHidden(position: number | undefined): void {
    if (position !== undefined && !this.playhead.running && this.#audio) this.#tickAudio(position);
  }
  #tickVideo(position: number): void {
    const picture = this.#takeSwitched(position) ?? this.#video?.take(position);
    if (picture) return this.#present(picture, position);
    if (!this.playhead.running || this.#shownUs === undefined || !this.#video) return;
    const dueUs = this.#shownUs + this.#video.intervalUs;
    const ahead = this.#video.readyUs ?? this.#standby?.readyUs;
    if (position > dueUs && ahead === undefined) this.#missing(dueUs, position);
  }
  #tickAudio(position: number): void {
    const audio = this.#audio;
    if (audio?.decodedUs === undefined || audio.firstUs === undefined) return;
    const there = position >= audio.firstUs && position < audio.decodedUs;
    if (!there && this.playhead.running && position >= audio.decodedUs && !this.#hidden) return this.#missing(audio.decodedUs, position);
    if (!there) return;
    this.#start(position);
    this.#shownUs = position;
    this.#presented();
  }
  #present(picture: Picture, position: number): void {
    this.#options.paint(picture);
    this.#shownUs = picture.timestamp;
    picture.close();
    this.#start(position);
    const video = this.#video;
    if (!video) return;
    video.presented();
    const before = this.#shown;
    this.#shown = { name: video.name, config: video.config };
    if (before && before.name !== video.name) this.#options.events.switched(before, this.#shown, this.#trigger);
    this.#presented();
  }
  #presented(): void {
    this.#shownMs = this.#options.clock.now();
    this.#endStall();
    this.#options.events.presented();
  }
  #start(position: number): void {
    if (this.playhead.running) return;
    this.playhead.start(position);
    this.#desk.anchor(this.playhead);
  }
  /** The playhead stands until it is started anew at its place. */
  #settle(): void {
    this.playhead.stop();
    this.sound?.hold();
  }
  #missing(dueUs: number, position: number): void {
    const now = this.#options.clock.now();
    if (this.#complete.has(this.#video ? "video" : "audio")) return this.#options.events.finished();
    // A playhead that has jumped, or a picture that came late, makes no deadline before the picture itself was shown.
    const confirmed = this.stall.missing(Math.max(this.#shownMs, now - (position - dueUs) / 1000), now);
    if (confirmed) this.#options.events.stalled();
    if (!this.stall.confirmed || this.holdsFrames || this.#soundLasts(position)) return;
    // Nothing is left to play: begin again at the target latency with what comes.
    for (const edge of this.#edges()) edge.reset();
    this.#settle();
  }
  /** Why the next frame is not there. */
  get cause(): StallCause {
    return this.holdsFrames ? "decode" : this.#options.cause();
  }
  #soundLasts(position: number): boolean {
    return this.#video !== undefined && (this.#audio?.decodedUs ?? 0) > position;
  }
  #endStall(): void {
    const duration = this.stall.end(this.#options.clock.now());
    if (duration !== undefined) this.#options.events.recovered(duration);
  }

  *#edges(): Iterable<LiveEdge> {
    if (this.#video) yield this.#video.edge;
    if (this.#audio) yield this.#audio.edge;
  }
  /** The first picture of the rendition that takes over: the one before it is let go of. */
  #takeSwitched(position: number): Picture | undefined {
    const standby = this.#standby;
    const picture = standby?.take(position);
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
    const { platform, clock, tallies } = this.#options;
    const pipeline: VideoPipeline = new VideoPipeline({
      name,
      config,
      platform,
      clock,
      tally: tallies.video,
      catchingUp: () => !this.playhead.running || this.#video !== pipeline,
      events: this.#pipelineEvents("video", () => pipeline),
      ...(after ? { fromUs: () => (this.#video === after ? this.playhead.positionUs : undefined) } : {}),
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
    this.#desk.prepare(config);
    const { platform, clock, tallies } = this.#options;
    const pipeline: AudioPipeline = new AudioPipeline({
      name,
      config,
      platform,
      clock,
      tally: tallies.audio,
      catchingUp: () => !this.playhead.running,
      events: this.#pipelineEvents("audio", () => pipeline),
      sound: (sound, timestampUs) => this.sound?.push(sound, timestampUs),
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
      rewound: () => this.#settle(),
      flawed: (error) => events.flawed(error),
      ended: (error) => this.#ended(media, self(), error),
    };
  }
  #ticking = false;
  /** Decoders and networks speak while we are in the middle of a step: one step at a time is enough. */
  #changed(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    queueMicrotask(() => {
      this.#ticking = false;
      const position = this.playhead.positionUs;
      this.#video?.pump(position);
      this.#standby?.pump(position);
      this.#audio?.pump(position);
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
