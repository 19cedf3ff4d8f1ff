import {
  type AttributesOf,
  type CounterName,
  type EventAttributes,
  type EventName,
  type HistogramName,
  type LogLevel,
  type Recorder,
  type SpanAttributes,
  type SpanContext,
  type SpanName,
  silentRecorder,
} from "@moqscope/telemetry";
import type { CodecLabel } from "../../measure/codec-label.ts";
import type { ErrorType } from "../../measure/error-type.ts";
import type { TransportLabel } from "../../measure/transport-label.ts";
import type { GroupOutcome } from "../buffer/group-ledger.ts";
import type { RenditionLabel } from "../media/configs.ts";
import type { StartupPhase } from "../timing/startup.ts";
import { type HotCells, hotCells, type Media } from "./hot-cells.ts";

export type ConnectResult = AttributesOf<"moq.client.connections">["result"];
export type StallCause = AttributesOf<"moq.client.rebuffer_count">["cause"];
export type FrameDropReason = AttributesOf<"moq.client.frames_dropped">["reason"];
export type EndReason = AttributesOf<"moq.client.session_duration">["reason"];
export type ReconnectReason = AttributesOf<"moq.client.reconnects">["reason"];
export type RttSource = AttributesOf<"moq.client.rtt">["source"];
export type SwitchTrigger = AttributesOf<"moq.client.quality_switches">["trigger"];

/** Calls that wait for a recorder that is still being loaded; beyond it the oldest are given up. */
const maxWaiting = 2048;

/** Called with every frame, group and piece of the stream. */
type HotMethod = "frameReceived" | "frameDecoded" | "frameRendered" | "groups" | "bytesReceived" | "decodeTime" | "frameInterval";

/** A call that came before its recorder, and the transport that it was made on. */
interface Waiting {
  readonly transport: TransportLabel;
  readonly call: () => void;
}

/** Every metric, span and event of one player (metrics.md §5.1), written where it happens. */
export class PlayerInstruments {
  #recorder: Recorder | undefined;
  #waiting: Waiting[] = [];
  #transport: TransportLabel = "unknown";
  /** Counters of the transport in use, once there is a recorder. */
  #hot: HotCells | undefined;

  /** Transport of the session; metrics before the first one say `unknown`. */
  get transport(): TransportLabel {
    return this.#transport;
  }
  set transport(label: TransportLabel) {
    if (label === this.#transport) return;
    this.#transport = label;
    if (this.#recorder) this.#hot = hotCells(this.#recorder, label);
  }

  /** From now on, and for what waited, this recorder is told. */
  attach(recorder: Recorder): void {
    this.#recorder = recorder;
    const transport = this.#transport;
    this.#hot = hotCells(recorder, transport);
    for (const waiting of this.#waiting.splice(0)) {
      this.transport = waiting.transport;
      waiting.call();
    }
    this.transport = transport;
  }
  /** Uses the recorder when it is there; one that fails to come is as none. */
  async attachWhenReady(recorder: Recorder | Promise<Recorder> | undefined): Promise<void> {
    try {
      this.attach((await recorder) ?? silentRecorder);
    } catch {
      // Telemetry never stands in the way of playback; whoever made the promise knows of its failure.
      this.attach(silentRecorder);
    }
  }

  attempt(outcome: "started" | "failed" | "exited"): void {
    this.#count("moq.client.play_attempts", { outcome, transport: this.transport });
    if (outcome === "started") this.#startStallsAtZero();
  }
  /** Who plays and has neither stalled nor frozen says 0: only who does not report has no data. */
  #startStallsAtZero(): void {
    const { transport } = this;
    for (const name of ["moq.client.rebuffer_count", "moq.client.rebuffer_time"] as const) {
      this.#tell((recorder) => recorder.counter(name, { cause: "unknown", transport }).add(0));
    }
    for (const name of ["moq.client.freezes", "moq.client.freeze_time"] as const) {
      this.#tell((recorder) => recorder.counter(name, { transport }).add(0));
    }
  }
  startupTime(seconds: number): void {
    this.#record("moq.client.startup_time", { transport: this.transport }, seconds);
  }
  startupPhase(phase: StartupPhase, seconds: number): void {
    this.#record("moq.client.startup_phase", { phase, transport: this.transport }, seconds);
  }
  subscribeToFirstObject(media: Media, seconds: number): void {
    this.#record("moq.client.subscribe_to_first_object", { media, transport: this.transport }, seconds);
  }
  offlineWait(seconds: number): void {
    this.#count("moq.client.offline_wait_time", { transport: this.transport }, seconds);
  }
  rebufferConfirmed(cause: StallCause): void {
    this.#count("moq.client.rebuffer_count", { cause, transport: this.transport });
  }
  rebufferDuration(cause: StallCause, seconds: number): void {
    this.#record("moq.client.rebuffer_duration", { cause, transport: this.transport }, seconds);
  }
  rebufferTime(cause: StallCause, seconds: number): void {
    this.#count("moq.client.rebuffer_time", { cause, transport: this.transport }, seconds);
  }
  playTime(seconds: number): void {
    this.#count("moq.client.play_time", { transport: this.transport }, seconds);
  }
  renditionTime(rendition: RenditionLabel, codec: CodecLabel, seconds: number): void {
    this.#count("moq.client.rendition_time", { rendition, codec }, seconds);
  }
  latency(seconds: number): void {
    this.#record("moq.client.latency", { transport: this.transport }, seconds);
  }
  clockUncertainty(seconds: number): void {
    this.#record("moq.client.clock_uncertainty", { transport: this.transport }, seconds);
  }
  liveEdgeOffset(seconds: number): void {
    this.#record("moq.client.live_edge_offset", { transport: this.transport }, seconds);
  }
  bufferLength(media: Media, seconds: number): void {
    this.#record("moq.client.buffer_length", { media, transport: this.transport }, seconds);
  }
  bitrate(media: Media, bitsPerSecond: number): void {
    this.#record("moq.client.bitrate", { media }, bitsPerSecond);
  }
  frameReceived(media: Media): void {
    if (this.#hot) this.#hot.framesReceived[media].add();
    else this.#later("frameReceived", media);
  }
  frameDecoded(codec: CodecLabel): void {
    if (this.#hot) this.#hot.framesDecoded[codec].add();
    else this.#later("frameDecoded", codec);
  }
  frameRendered(codec: CodecLabel): void {
    if (this.#hot) this.#hot.framesRendered[codec].add();
    else this.#later("frameRendered", codec);
  }
  framesDropped(reason: FrameDropReason, codec: CodecLabel, count: number): void {
    this.#count("moq.client.frames_dropped", { reason, codec }, count);
  }
  groups(outcome: GroupOutcome, media: Media, count: number): void {
    if (count === 0) return;
    if (this.#hot) this.#hot.groups[outcome][media].add(count);
    else this.#later("groups", outcome, media, count);
  }
  decodeTime(codec: CodecLabel, seconds: number): void {
    if (this.#hot) this.#hot.decodeTime[codec].record(seconds);
    else this.#later("decodeTime", codec, seconds);
  }
  frameInterval(codec: CodecLabel, seconds: number): void {
    if (this.#hot) this.#hot.frameInterval[codec].record(seconds);
    else this.#later("frameInterval", codec, seconds);
  }
  freeze(seconds: number): void {
    this.#count("moq.client.freezes", { transport: this.transport });
    this.#count("moq.client.freeze_time", { transport: this.transport }, seconds);
  }
  keyframeInterval(codec: CodecLabel, seconds: number): void {
    this.#record("moq.client.keyframe_interval", { codec }, seconds);
  }
  groupDelivery(media: Media, seconds: number): void {
    this.#record("moq.client.group_delivery", { media, transport: this.transport }, seconds);
  }
  jitterBufferDelay(media: Media, seconds: number): void {
    this.#record("moq.client.jitter_buffer_delay", { media }, seconds);
  }
  decodeQueue(media: Media, frames: number): void {
    this.#record("moq.client.decode_queue", { media }, frames);
  }
  /** @param seconds by how much the playhead is further from live than it is to be; negative if it is nearer. */
  latencyTargetError(seconds: number): void {
    const sign = seconds >= 0 ? "above" : "below";
    this.#record("moq.client.latency_target_error", { sign, transport: this.transport }, Math.abs(seconds));
  }
  /** @param seconds by how much sound is ahead of the picture; negative if it is behind. */
  syncDrift(seconds: number): void {
    this.#record("moq.client.av_sync_drift", { sign: seconds >= 0 ? "audio_ahead" : "video_ahead" }, Math.abs(seconds));
  }
  audioConcealed(seconds: number): void {
    this.#count("moq.client.audio_concealed_time", { transport: this.transport }, seconds);
  }
  qualitySwitch(direction: "up" | "down", trigger: SwitchTrigger): void {
    this.#count("moq.client.quality_switches", { direction, trigger, transport: this.transport });
  }
  bytesReceived(bytes: number): void {
    if (bytes === 0) return;
    if (this.#hot) this.#hot.bytesReceived.add(bytes);
    else this.#later("bytesReceived", bytes);
  }
  connection(transport: TransportLabel, result: ConnectResult): void {
    this.#count("moq.client.connections", { transport, result });
  }
  rtt(source: RttSource, seconds: number): void {
    this.#record("moq.client.rtt", { source, transport: this.transport }, seconds);
  }
  bandwidthEstimate(bitsPerSecond: number): void {
    this.#record("moq.client.bandwidth_estimate", { transport: this.transport }, bitsPerSecond);
  }
  reconnect(reason: ReconnectReason): void {
    this.#count("moq.client.reconnects", { reason, transport: this.transport });
  }
  sessionEnded(reason: EndReason, seconds: number): void {
    this.#record("moq.client.session_duration", { reason, transport: this.transport }, seconds);
    this.#count("moq.client.sessions_ended", { reason, transport: this.transport });
  }
  error(type: ErrorType, fatal: boolean): void {
    this.#count("moq.client.errors", { "error.type": type, fatal: fatal ? "true" : "false" });
  }
  event<N extends EventName>(level: LogLevel, name: N, attributes: EventAttributes<N>): void {
    this.#tell((recorder) => recorder.event(level, name, attributes, this.#root));
  }
  /** A span with known begin and end, in epoch milliseconds, below the session's first span once that is told. */
  span<N extends SpanName>(
    name: N,
    attributes: SpanAttributes<N>,
    span: { startMs: number; endMs: number; root?: boolean; error?: string },
  ): void {
    this.#tell((recorder) => {
      const parent = span.root ? undefined : this.#root;
      const started = recorder.span(name, { attributes, startMs: span.startMs, ...(parent ? { parent } : {}) });
      if (span.root) this.#root = started.context;
      started.end({ endMs: span.endMs, ...(span.error === undefined ? {} : { error: span.error }) });
    });
  }
  #root: SpanContext | undefined;

  #count<N extends CounterName>(name: N, attributes: AttributesOf<N>, value = 1): void {
    if (value !== 0) this.#tell((recorder) => recorder.counter(name, attributes).add(value));
  }
  #record<N extends HistogramName>(name: N, attributes: AttributesOf<N>, value: number): void {
    this.#tell((recorder) => recorder.histogram(name, attributes).record(value));
  }
  #tell(call: (recorder: Recorder) => void): void {
    if (this.#recorder) call(this.#recorder);
    else this.#wait(() => this.#tell(call));
  }
  /** Apart from the methods themselves: a function made within one of them would cost its arguments a place on the heap at every call. */
  #later<M extends HotMethod>(method: M, ...given: Parameters<PlayerInstruments[M]>): void {
    const call = this[method] as (...all: typeof given) => void;
    this.#wait(() => call.apply(this, given));
  }
  #wait(call: () => void): void {
    if (this.#waiting.length >= maxWaiting) this.#waiting.shift();
    this.#waiting.push({ transport: this.#transport, call });
  }
}
