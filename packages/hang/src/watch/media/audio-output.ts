import { SteadyClock } from "../timing/steady-clock.ts";
import type { TimeSource } from "../timing/timebase.ts";
import { audioWorkletSource } from "./audio-worklet.ts";
import type { Sound } from "./platform.ts";

/** How long the sound card's clock may stand before picture goes on without it, in milliseconds. */
const standstillMs = 500;
/** Sound goes to the sound card's side in batches: of so many frames, or as soon as one is due within so many milliseconds. */
const batch = { frames: 8, dueMs: 150 } as const;

/** Where sound goes. Made once per sample rate; nothing is heard until the browser allows it. */
export interface SoundOutput {
  /** The sound card's time in milliseconds at the listener's ear; `undefined` while it does not run. */
  source(): TimeSource | undefined;
  /** The browser wants a gesture first. */
  readonly blocked: boolean;
  /** RMS of the last tenth of a second, 0 to 1; `undefined` while nothing plays. */
  readonly level: number | undefined;
  /** Media time that is heard now; `undefined` unless sound plays. */
  heardUs(): number | undefined;
  /** Milliseconds of silence played for want of sound since the last call, once any was heard; none while it is muted. */
  takeConcealedMs(): number;
  push(sound: Sound, timestampUs: number): void;
  /** Hands on what was pushed and is due soon after this media time. */
  flush(positionUs: number): void;
  /** This media time is heard when the source shows `sourceMs`. */
  anchor(mediaUs: number, sourceMs: number): void;
  /** Silence, until the next anchor. */
  hold(): void;
  clear(): void;
  /** 0 to 1. */
  gain(value: number): void;
  /** Asks the browser for sound again, after a gesture. */
  unblock(): void;
  close(): void;
}
/** What the sound card's side tells ten times a second. */
interface RingReport {
  /** RMS since the last report; absent while it is held. */
  readonly level?: number;
  /** Samples since the last report that were there, and that were silence instead. */
  readonly played: number;
  readonly silent: number;
  /** Which anchor it plays by, and the media time that it renders at this time of its context. */
  readonly anchor: number;
  readonly mediaUs: number;
  readonly contextSeconds: number;
}
export type OpenSound = (options: {
  readonly sampleRate: number;
  readonly channels: number;
  /** How much the sound card may buffer: more of it wakes the machine less often. */
  readonly bufferMs: number;
  readonly changed: () => void;
}) => SoundOutput;

/** Sound through Web Audio; `undefined` where the browser has none. */
export const openWebAudio: OpenSound = (options) => new WebAudioOutput(options);

class WebAudioOutput implements SoundOutput {
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  readonly #changed: () => void;
  #node: AudioWorkletNode | undefined;
  #anchor: { readonly mediaUs: number; readonly sourceMs: number } | undefined;
  #anchors = 0;
  #report: RingReport | undefined;
  #reportMs = 0;
  #hasPlayed = false;
  #concealedMs = 0;
  #volume = 1;
  #closed = false;
  #contextMs = 0;
  #seenMs = 0;
  readonly #steady = new SteadyClock();
  #waiting: { readonly timestampUs: number; readonly channels: readonly Float32Array<ArrayBuffer>[] }[] = [];
  #latencyMs = 0;
  readonly #time: TimeSource = () => this.#now();

  constructor({ sampleRate, channels, bufferMs, changed }: Parameters<OpenSound>[0]) {
    this.#changed = changed;
    this.#context = new AudioContext({ sampleRate, latencyHint: bufferMs / 1000 });
    this.#gain = this.#context.createGain();
    this.#gain.connect(this.#context.destination);
    this.#context.onstatechange = () => changed();
    void this.#load(channels);
    this.unblock();
  }
  get blocked(): boolean {
    return this.#context.state === "suspended";
  }
  get level(): number | undefined {
    return this.#anchor ? this.#report?.level : undefined;
  }
  heardUs(): number | undefined {
    const report = this.#report;
    const isOfNow = report?.anchor === this.#anchors && performance.now() - this.#reportMs < standstillMs;
    if (!report || !isOfNow || !this.#anchor || report.played === 0) return undefined;
    const renderedMs = this.#now() - this.#latencyMs;
    return report.mediaUs + (renderedMs - report.contextSeconds * 1000) * 1000;
  }
  takeConcealedMs(): number {
    const concealedMs = this.#concealedMs;
    this.#concealedMs = 0;
    return concealedMs;
  }
  source(): TimeSource | undefined {
    if (this.#context.state !== "running" || !this.#node) return undefined;
    this.#now();
    return performance.now() - this.#seenMs > standstillMs ? undefined : this.#time;
  }
  push(sound: Sound, timestampUs: number): void {
    // A suspended context reads no messages: they would pile up.
    if (this.#context.state !== "running") return;
    const channels = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(sound.numberOfFrames);
      sound.copyTo(plane, { planeIndex, format: "f32-planar" });
      return plane;
    });
    this.#waiting.push({ timestampUs, channels });
    if (this.#waiting.length >= batch.frames) this.#handOn();
  }
  flush(positionUs: number): void {
    const first = this.#waiting[0];
    if (first && first.timestampUs < positionUs + batch.dueMs * 1000) this.#handOn();
  }
  #handOn(): void {
    const chunks = this.#waiting;
    this.#waiting = [];
    this.#node?.port.postMessage(
      { kind: "chunks", chunks },
      chunks.flatMap(({ channels }) => channels.map((plane) => plane.buffer)),
    );
  }
  anchor(mediaUs: number, sourceMs: number): void {
    this.#anchor = { mediaUs, sourceMs };
    this.#anchors++;
    this.#latencyMs = (this.#context.outputLatency || this.#context.baseLatency || 0) * 1000;
    this.#sendAnchor();
  }
  hold(): void {
    this.#anchor = undefined;
    this.#report = undefined;
    this.#node?.port.postMessage({ kind: "hold" });
  }
  clear(): void {
    this.#waiting = [];
    this.#node?.port.postMessage({ kind: "clear" });
  }
  gain(value: number): void {
    this.#volume = value;
    this.#gain.gain.setTargetAtTime(value, this.#context.currentTime, 0.015);
  }
  unblock(): void {
    if (this.#closed || this.#context.state === "running") return;
    // Refused without a gesture: `blocked` tells, and the next gesture asks again.
    this.#context.resume().then(this.#changed, () => this.#changed());
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.onstatechange = null;
    this.#node?.port.postMessage({ kind: "end" });
    this.#node?.disconnect();
    // It only fails when it is closed already.
    this.#context.close().catch(() => {});
  }
  async #load(channels: number): Promise<void> {
    const url = URL.createObjectURL(new Blob([audioWorkletSource], { type: "text/javascript" }));
    try {
      await this.#context.audioWorklet.addModule(url);
      if (this.#closed) return;
      this.#node = new AudioWorkletNode(this.#context, "moqscope-ring", { numberOfInputs: 0, outputChannelCount: [Math.min(2, channels)] });
      this.#node.port.onmessage = ({ data }: MessageEvent<RingReport>) => this.#reported(data);
      this.#node.connect(this.#gain);
      if (this.#anchor) this.#sendAnchor();
      this.#changed();
    } catch {
      // A page that forbids blob: scripts has no sound; the picture goes on by the machine's clock, and `playing` says so.
    } finally {
      URL.revokeObjectURL(url);
    }
  }
  #reported(report: RingReport): void {
    this.#report = report;
    this.#reportMs = performance.now();
    if (this.#hasPlayed && this.#volume > 0) this.#concealedMs += (report.silent / this.#context.sampleRate) * 1000;
    if (report.played > 0) this.#hasPlayed = true;
  }
  /** Rendered earlier by the output's latency, so that it is heard in time. */
  #sendAnchor(): void {
    const anchor = this.#anchor;
    if (anchor)
      this.#node?.port.postMessage({
        kind: "anchor",
        id: this.#anchors,
        mediaUs: anchor.mediaUs,
        contextSeconds: (anchor.sourceMs - this.#latencyMs) / 1000,
      });
  }
  /** The context's time moves in steps of up to some tens of milliseconds, which pictures must not follow. */
  #now(): number {
    const contextMs = this.#context.currentTime * 1000;
    const now = performance.now();
    if (contextMs !== this.#contextMs) {
      this.#contextMs = contextMs;
      this.#seenMs = now;
    }
    return this.#steady.read(contextMs, now);
  }
}
