import type { Broadcast, Clock } from "@moqscope/lite";
import { type CaptureClock, captureClockOf } from "../catalog/telemetry-key.ts";
import type { Catalog } from "../catalog/types.ts";
import type { CommonClock } from "../clock/common-clock.ts";
import type { StallCause, SwitchTrigger } from "./measure/instruments.ts";
import type { MediaTally } from "./measure/tally.ts";
import type { OpenSound, SoundOutput } from "./media/audio-output.ts";
import type { MediaPlatform, Picture } from "./media/platform.ts";
import { SoundDesk } from "./media/sound-desk.ts";
import { type CaptureLatency, captureLatency } from "./timing/capture-latency.ts";
import { Headroom } from "./timing/headroom.ts";
import { Playhead } from "./timing/playhead.ts";
import { StallDetector, stallConfirmMs } from "./timing/stall.ts";
import { type Rendition, type RenditionWish, Tracks, type TracksEvents } from "./tracks.ts";

/** What the stage tells the player that owns it. */
export interface StageEvents extends Omit<TracksEvents, "rewound"> {
  /** Media is presented and the clock moves: a picture was painted, or sound runs where there is no picture. */
  presented(): void;
  /** The first picture of another rendition was painted. */
  switched(from: Rendition, to: Rendition, trigger: SwitchTrigger): void;
  stalled(): void;
  /** The stall is over after so long. */
  recovered(durationMs: number): void;
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
  readonly commonClock: CommonClock | undefined;
}

/** A step that comes so late says that this page was held up, for as long after it. */
const heldUpMs = 200;
const heldUpLastsMs = 1000;

/** Presents one broadcast: keeps picture with sound at the target latency, and notices when either fails to come. */
export class Stage {
  readonly playhead: Playhead;
  readonly stall: StallDetector = new StallDetector();
  readonly #options: StageOptions;
  readonly #desk: SoundDesk;
  readonly #tracks: Tracks;
  readonly #headroom: Headroom;
  #shownUs: number | undefined;
  #shownMs = 0;
  #shown: Rendition | undefined;
  #hidden = false;
  #jumping = false;
  /** Whether the open stall is this machine's doing. */
  #strained = false;
  #tickMs: number | undefined;
  #capture: CaptureClock | undefined;
  #driftMs: number | undefined;
  #heldUpMs = Number.NEGATIVE_INFINITY;

  constructor(options: StageOptions) {
    this.#options = options;
    const { clock, events, latencyMs, platform, tallies } = options;
    this.#headroom = new Headroom(latencyMs);
    this.#desk = new SoundDesk({ system: () => clock.now(), open: options.openSound, latencyMs, changed: () => events.changed() });
    this.playhead = new Playhead({
      timebase: this.#desk.timebase,
      now: () => clock.now(),
      edges: () => this.#tracks.edges(),
      latencyMs,
    });
    this.#tracks = new Tracks({
      clock,
      platform,
      tallies,
      desk: this.#desk,
      positionUs: () => this.playhead.positionUs,
      catchingUp: () => this.#jumping || !this.playhead.running,
      decoded: (timestampUs) => this.#decoded(timestampUs),
      events: { ...events, rewound: () => this.#rewound() },
    });
  }
  get sound(): SoundOutput | undefined {
    return this.#desk.output;
  }
  /** Bits per second of the sound, where the catalog says. */
  get audioBitrate(): number | undefined {
    return this.#tracks.audio?.config.bitrate;
  }
  /** The rendition on screen. */
  get shown(): Rendition | undefined {
    return this.#shown;
  }
  /** Why the next frame is not there. */
  get cause(): StallCause {
    return this.#tracks.holdsFrames ? "decode" : this.#options.cause();
  }
  /** Media time on screen, or where the playhead is. */
  get currentUs(): number | undefined {
    return this.playhead.running && !this.stall.confirmed ? this.playhead.positionUs : (this.#shownUs ?? this.playhead.positionUs);
  }
  /** Received media ahead of the playhead, in milliseconds. */
  bufferMs(media: "audio" | "video"): number | undefined {
    const pipeline = this.#tracks[media];
    const current = this.currentUs;
    if (!pipeline || current === undefined) return undefined;
    return Math.max(0, ((pipeline.edge.newestUs ?? current) - current) / 1000);
  }
  /** Frames that wait in a decoder. */
  decodeQueue(media: "audio" | "video"): number | undefined {
    return this.#tracks[media]?.decodeQueue;
  }
  /** By how much sound was ahead when the newest picture was painted; `undefined` unless both play. */
  get syncDriftMs(): number | undefined {
    return this.#driftMs;
  }
  /** Silence for want of sound since the last call, in milliseconds. */
  takeConcealedMs(): number {
    const concealedMs = this.sound?.takeConcealedMs() ?? 0;
    return this.#tracks.audio ? concealedMs : 0;
  }
  /** Capture to presentation of what was presented last, where its publisher and we have a clock in common. */
  get captureLatency(): CaptureLatency | undefined {
    const presented = this.#options.commonClock?.at(this.#shownMs);
    if (this.#shownUs === undefined || !presented || !this.#capture) return undefined;
    return captureLatency(this.#shownUs, presented, this.#capture);
  }
  get liveEdgeMs(): number | undefined {
    const current = this.currentUs;
    const newest = [...this.#tracks.edges()].map((edge) => edge.newestUs ?? Number.NEGATIVE_INFINITY);
    const edge = Math.max(...newest);
    return current === undefined || !Number.isFinite(edge) ? undefined : Math.max(0, (edge - current) / 1000);
  }
  /** Milliseconds until `tick()` has something to do; `undefined` when that is not known. */
  get dueInMs(): number | undefined {
    const position = this.playhead.positionUs;
    const { video, audio, readyUs } = this.#tracks;
    if (position === undefined || this.#hidden) return undefined;
    const { running } = this.playhead;
    if (!video) return running ? laterMs(position, audio?.decodedUs) : untilMs(position, audio?.firstUs);
    if (readyUs !== undefined) return untilMs(position, readyUs);
    return running && this.#shownUs !== undefined ? laterMs(position, this.#shownUs + video.intervalUs) : undefined;
  }

  /** Shows this catalog's renditions; called again whenever the catalog changes. */
  async use(broadcast: Broadcast, catalog: Catalog): Promise<void> {
    if (!this.#tracks.isOf(broadcast)) this.leave();
    this.#capture = captureClockOf(catalog);
    await this.#tracks.use(broadcast, catalog);
  }
  wish(wish: RenditionWish, trigger: SwitchTrigger): void {
    this.#tracks.wish(wish, trigger);
  }
  /** Nobody sees the picture: it is not transferred, and neither lateness nor absence counts. Sound goes on. */
  hide(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#driftMs = undefined;
    this.#options.tallies.video.interrupt();
    this.#endStall();
    this.#tracks.hide(hidden);
  }
  gain(value: number): void {
    this.#desk.gain(value);
  }
  latency(latencyMs: number): void {
    this.#headroom.floorMs = latencyMs;
    this.playhead.latencyMs = latencyMs;
    if (this.playhead.running && !this.stall.confirmed) this.#settle();
  }
  /** Lets go of every track; the last picture stays on screen. What was received and not presented counts as `resync`. */
  leave(): void {
    this.#driftMs = undefined;
    this.#options.tallies.video.interrupt();
    this.#endStall();
    this.#tracks.leave();
    this.#settle();
    this.sound?.clear();
  }
  close(): void {
    this.leave();
    this.#desk.close();
  }

  /** One step of presentation: feeds decoders, paints what is due, notices what is missing. */
  tick(): void {
    this.#noticeHoldUp();
    this.#desk.follow(this.playhead);
    this.#tracks.pump();
    const position = this.playhead.positionUs;
    if (position === undefined || this.#hidden) return this.#tickHidden(position);
    if (this.#tracks.video) this.#tickVideo(position);
    else this.#tickAudio(position);
    this.#keepUp();
  }
  #tickHidden(position: number | undefined): void {
    if (position !== undefined && !this.playhead.running && this.#tracks.audio) this.#tickAudio(position);
  }
  #tickVideo(position: number): void {
    const picture = this.#tracks.take(position);
    if (picture) return this.#present(picture, position);
    const { video, readyUs } = this.#tracks;
    if (!this.playhead.running || this.#shownUs === undefined || !video) return;
    const dueUs = this.#shownUs + video.intervalUs;
    if (position > dueUs && readyUs === undefined) this.#missing(dueUs, position);
  }
  #tickAudio(position: number): void {
    const { audio } = this.#tracks;
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
    const { video, trigger } = this.#tracks;
    if (!video) return;
    video.presented(this.stall.confirmed);
    this.#noticeDrift(picture.timestamp);
    const before = this.#shown;
    this.#shown = { name: video.name, config: video.config };
    if (before && before.name !== video.name) this.#options.events.switched(before, this.#shown, trigger);
    this.#presented();
  }
  #noticeDrift(pictureUs: number): void {
    const heardUs = this.sound?.heardUs();
    this.#driftMs = heardUs === undefined ? undefined : (heardUs - pictureUs) / 1000;
  }
  #presented(): void {
    const now = this.#options.clock.now();
    this.#shownMs = now;
    if (this.stall.confirmed && this.#strained) this.#shift(-this.#headroom.grow(now));
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
  #rewound(): void {
    this.#settle();
    // What lies far ahead now would keep the new beginning out.
    this.sound?.clear();
  }
  #missing(dueUs: number, position: number): void {
    const now = this.#options.clock.now();
    if (this.#tracks.complete) return this.#options.events.finished();
    // A playhead that has jumped, or a picture that came late, makes no deadline before the picture itself was shown.
    const confirmed = this.stall.missing(Math.max(this.#shownMs, now - (position - dueUs) / 1000), now);
    if (confirmed) {
      this.#strained = this.#overloaded(now);
      this.#options.events.stalled();
    }
    if (!this.stall.confirmed || this.#tracks.holdsFrames || this.#soundLasts(position)) return;
    // Nothing is left to play: begin again at the target latency with what comes.
    for (const edge of this.#tracks.edges()) edge.reset();
    this.#settle();
  }
  #soundLasts(position: number): boolean {
    return this.#tracks.video !== undefined && (this.#tracks.audio?.decodedUs ?? 0) > position;
  }
  #endStall(): void {
    const duration = this.stall.end(this.#options.clock.now());
    if (duration !== undefined) this.#options.events.recovered(duration);
  }

  /** Whether media is here and this machine does not get it decoded, or did not get round to taking it in. */
  #overloaded(nowMs: number): boolean {
    return this.#tracks.holdsFrames || nowMs - this.#heldUpMs < heldUpLastsMs;
  }
  #noticeHoldUp(): void {
    const now = this.#options.clock.now();
    if (this.#tickMs !== undefined && now - this.#tickMs > heldUpMs) this.#heldUpMs = now;
    this.#tickMs = now;
  }
  #decoded(timestampUs: number): void {
    const position = this.playhead.positionUs;
    if (!this.playhead.running || position === undefined || this.#hidden) return;
    this.#headroom.observe((timestampUs - position) / 1000, this.#options.clock.now());
  }
  /** Moves the running playhead with the target latency, nearer to live by so many milliseconds or back from it. */
  #shift(byMs: number): void {
    const position = this.playhead.positionUs;
    if (byMs === 0 || position === undefined) return;
    this.playhead.latencyMs = this.#headroom.targetMs;
    this.playhead.start(position + byMs * 1000);
    this.#desk.anchor(this.playhead);
  }
  /** Jumps where the playhead lags far behind its place, or the machine has shown that it can be nearer to live. */
  #keepUp(): void {
    const relaxedMs = this.playhead.running && !this.stall.confirmed ? this.#headroom.relax(this.#options.clock.now()) : 0;
    this.#shift(relaxedMs);
    const jumped = this.playhead.catchUp();
    if (jumped) this.#desk.anchor(this.playhead);
    if (!jumped && relaxedMs === 0) return;
    // What we jump over is not late by the decoder's doing.
    const position = this.playhead.positionUs;
    this.#jumping = true;
    if (position !== undefined) this.#tracks.video?.dropOvertaken(position);
    this.#jumping = false;
  }
}

function untilMs(positionUs: number, atUs: number | undefined): number | undefined {
  return atUs === undefined ? undefined : (atUs - positionUs) / 1000;
}
/** Milliseconds until what is due then, and does not come, counts as a stall; `undefined` once it does. */
function laterMs(positionUs: number, dueUs: number | undefined): number | undefined {
  const inMs = dueUs === undefined ? undefined : (dueUs - positionUs) / 1000 + stallConfirmMs;
  return inMs === undefined || inMs < 0 ? undefined : inMs + 1;
}
