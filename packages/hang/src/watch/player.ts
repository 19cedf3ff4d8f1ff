import { systemClock } from "@moqscope/lite";
import { present } from "../catalog/fields.ts";
import { containerRefusal, type VideoConfig } from "../catalog/types.ts";
import { type ClockEstimate, CommonClock } from "../clock/common-clock.ts";
import { roundTrips } from "../measure/round-trips.ts";
import { transportLabel } from "../measure/transport-label.ts";
import { type EndReason, PlayerInstruments, type SwitchTrigger } from "./measure/instruments.ts";
import { defaultLatencyMs, maxLatencyMs, type PlayerOptions } from "./options.ts";
import { Playback } from "./playback.ts";
import type { FrameCounts, LinkState, PlayerState, WatchStats } from "./stats.ts";
import { pageVisibility } from "./visibility.ts";

/** A video rendition as a viewer chooses it. */
export interface RenditionChoice {
  readonly name: string;
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Bits per second. */
  readonly bitrate?: number;
}

/** Plays one hang broadcast from one relay. Nothing happens before `play()`; `close()` lets go of everything. */
export class Player {
  readonly url: string;
  readonly name: string;
  readonly sessionId: string;
  readonly #options: PlayerOptions;
  readonly #instruments = new PlayerInstruments();
  readonly #stopWatching: () => void;
  #playback: Playback | undefined;
  #hidden: boolean;
  #muted: boolean;
  #volume: number;
  #latencyMs: number;
  #rendition: string | undefined;
  #commonClock: CommonClock | undefined;
  #closed = false;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.url = options.url;
    this.name = options.name;
    this.sessionId = options.sessionId ?? crypto.randomUUID();
    this.#muted = options.muted ?? false;
    this.#volume = options.volume ?? 1;
    this.#latencyMs = clampLatency(options.latencyMs ?? defaultLatencyMs);
    this.#rendition = options.rendition;
    const visibility = options.visibility ?? pageVisibility();
    this.#hidden = visibility.hidden;
    this.#stopWatching = visibility.watch((hidden) => {
      this.#hidden = hidden;
      this.#playback?.hide(hidden);
    });
    void this.#instruments.attachWhenReady(options.recorder);
  }
  get state(): PlayerState {
    return this.#playback?.state ?? "paused";
  }
  get link(): LinkState {
    return this.#playback?.link ?? "closed";
  }
  get muted(): boolean {
    return this.#muted;
  }
  set muted(muted: boolean) {
    this.#muted = muted;
    this.#applyGain();
    if (!muted) this.unblockSound();
  }
  /** 0 to 1. */
  get volume(): number {
    return this.#volume;
  }
  set volume(volume: number) {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#applyGain();
  }
  /** Milliseconds between live edge and picture. */
  get latencyMs(): number {
    return this.#latencyMs;
  }
  set latencyMs(latencyMs: number) {
    this.#latencyMs = clampLatency(latencyMs);
    this.#playback?.stage.latency(this.#latencyMs);
  }
  /** The rendition asked for; `undefined` chooses by the size of the screen. */
  get rendition(): string | undefined {
    return this.#rendition;
  }
  set rendition(name: string | undefined) {
    if (name === this.#rendition) return;
    this.#rendition = name;
    this.#wish("user");
  }
  /** Video renditions that the broadcast offers now, in the order of its catalog. */
  get renditions(): readonly RenditionChoice[] {
    return [...(this.#playback?.catalog?.video?.renditions ?? [])]
      .filter(([, config]) => !containerRefusal(config.container))
      .map(([name, { codedWidth: width, codedHeight: height, bitrate }]) => present<RenditionChoice>({ name, width, height, bitrate }));
  }
  /** Asks the browser for sound again; call it in a gesture of the viewer. */
  unblockSound(): void {
    this.#playback?.stage.sound?.unblock();
  }
  /** The screen has another size: chooses again, unless a rendition was asked for. */
  resized(): void {
    if (this.#rendition === undefined) this.#wish("abr");
  }

  /** Begins, or goes on after a pause. A beginning is one play attempt. */
  play(): void {
    if (this.#closed) return;
    const { state } = this;
    if (this.#playback && state === "paused") return this.#playback.resume();
    if (this.#playback && state !== "failed" && state !== "ended") return;
    this.#playback?.close("eos");
    this.#playback = new Playback({
      clock: systemClock,
      ...this.#options,
      latencyMs: this.#latencyMs,
      commonClock: (this.#commonClock ??= this.#openClock()),
      hidden: this.#hidden,
      instruments: this.#instruments,
      tell: (event) => this.#options.onEvent?.(event),
    });
    this.#applyGain();
    this.#wish("abr");
  }
  /** Stops picture, sound and their transfer; the connection stays. */
  pause(): void {
    this.#playback?.pause();
  }
  /** Ends playback and lets go of everything. May be called twice. */
  close(reason: EndReason = "quit"): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching();
    this.#playback?.close(reason);
    this.#commonClock?.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
  /** What is known now. */
  stats(): WatchStats {
    const playback = this.#playback;
    if (!playback) return this.#nothing();
    playback.accounts.accrue();
    const { stage, session, attempt, tallies, accounts } = playback;
    const { shown, sound } = stage;
    return present<WatchStats>({
      ...this.#nothing(),
      state: playback.state,
      link: playback.link,
      transport: session && transportLabel(session.transport.kind),
      transportChoice: playback.transport,
      rtt: session && roundTrips(session)[0],
      bandwidthBps: session?.link.bitrate,
      version: session?.version,
      startupMs: attempt.result?.startupMs,
      phases: attempt.result?.phases,
      bufferMs: present<WatchStats["bufferMs"]>({ video: stage.bufferMs("video"), audio: stage.bufferMs("audio") }),
      liveEdgeMs: stage.liveEdgeMs,
      latency: stage.captureLatency,
      latencyTargetMs: stage.playhead.latencyMs,
      stalls: accounts.stalls,
      freezes: tallies.video.freezes,
      syncDriftMs: stage.syncDriftMs,
      switches: playback.switches,
      frames: { video: tallies.video.frames, audio: tallies.audio.frames },
      groups: { video: tallies.video.groups, audio: tallies.audio.groups },
      audio: present<WatchStats["audio"]>({
        decodedFrames: tallies.audio.frames.decoded,
        level: sound?.level,
        playing: sound?.source() !== undefined && stage.playhead.running,
        blocked: sound?.blocked ?? false,
      }),
      rendition: shown?.name,
      picture: shown && pictureOf(shown.config),
      playSeconds: accounts.playSeconds,
      bytesReceived: playback.bytesReceived,
    });
  }
  #nothing(): WatchStats {
    const frames: FrameCounts = {
      received: 0,
      decoded: 0,
      rendered: 0,
      dropped: { decode_queue: 0, deadline: 0, decode_error: 0, resync: 0, hidden: 0 },
    };
    const groups = { complete: 0, late: 0, skipped: 0, incomplete: 0, reset: 0, missing: 0 };
    return {
      state: "paused",
      link: "closed",
      sessionId: this.sessionId,
      bufferMs: {},
      latencyTargetMs: this.#latencyMs,
      stalls: { count: 0, seconds: 0 },
      freezes: { count: 0, seconds: 0 },
      switches: 0,
      frames: { video: frames, audio: frames },
      groups: { video: groups, audio: groups },
      audio: { decodedFrames: 0, playing: false, blocked: false },
      playSeconds: 0,
      bytesReceived: 0,
    };
  }
  #openClock(): CommonClock | undefined {
    const { timeUrl: url, clock = systemClock, askTime } = this.#options;
    if (url === undefined) return undefined;
    const onEstimate = ({ uncertaintyMs }: ClockEstimate): void => this.#instruments.clockUncertainty(uncertaintyMs / 1000);
    return new CommonClock({ url, clock, onEstimate, ...(askTime ? { ask: askTime } : {}) });
  }
  #applyGain(): void {
    this.#playback?.stage.gain(this.#muted ? 0 : this.#volume ** 2);
  }
  #wish(trigger: SwitchTrigger): void {
    this.#playback?.stage.wish({ name: this.#rendition, heightPx: this.#options.screen?.heightPx() }, trigger);
  }
}

function pictureOf({ codec, codedWidth: width, codedHeight: height }: VideoConfig): NonNullable<WatchStats["picture"]> {
  return present<NonNullable<WatchStats["picture"]>>({ codec, width, height });
}
function clampLatency(latencyMs: number): number {
  return Number.isFinite(latencyMs) ? Math.min(maxLatencyMs, Math.max(20, latencyMs)) : defaultLatencyMs;
}
