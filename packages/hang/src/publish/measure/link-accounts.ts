import {
  type Clock,
  type ConnectAttempt,
  type ConnectionStatus,
  type FlowMeter,
  type LiteError,
  type Session,
  type SessionMeter,
  silentMeter,
  systemClock,
} from "@moqscope/lite";
import type { AttributesOf, Counter, Recorder } from "@moqscope/telemetry";
import type { ClockEstimate } from "../../clock/common-clock.ts";
import { errorType } from "../../measure/error-type.ts";
import { roundTrips } from "../../measure/round-trips.ts";
import { type TransportLabel, transportLabel } from "../../measure/transport-label.ts";

type Outcome = AttributesOf<"moq.publisher.publish_attempts">["outcome"];
type ReconnectReason = AttributesOf<"moq.publisher.reconnects">["reason"];

/** How often it is looked whether what was written still waits. */
const lookMs = 50;
const looksPerSecond = 1000 / lookMs;

export interface LinkAccountsOptions {
  readonly recorder: Recorder;
  readonly broadcast: string;
  readonly clock?: Clock;
  /** Epoch milliseconds. */
  readonly wallClock?: () => number;
}

/** What one publish session tells of its connection (metrics.md §5.2): from the publish instruction to its end. */
export class LinkAccounts {
  /** For the session layer: bytes that were sent, and what failed. */
  readonly meter: SessionMeter;
  readonly #recorder: Recorder;
  readonly #broadcast: string;
  readonly #clock: Clock;
  readonly #epochMs: () => number;
  readonly #beganMs: number;
  #transport: TransportLabel = "unknown";
  #session: Session | undefined;
  #sent: Counter | undefined;
  #outcome: Outcome | undefined;
  #lossReason: ReconnectReason = "other";
  #hadSession = false;
  #lookedMs: number;
  #looks = 0;
  #cancel: () => void = () => {};

  constructor({ recorder, broadcast, clock = systemClock, wallClock = Date.now }: LinkAccountsOptions) {
    this.#recorder = recorder;
    this.#broadcast = broadcast;
    this.#clock = clock;
    this.#epochMs = wallClock;
    this.#beganMs = wallClock();
    this.#lookedMs = clock.now();
    const flow: FlowMeter = {
      ...silentMeter.serving("" as never, "", "subscribe"),
      frame: ({ payload }) => this.#sent?.add(payload.byteLength),
    };
    this.meter = {
      ...silentMeter,
      serving: (_broadcast, _track, request) => {
        if (request === "subscribe") this.#close("started");
        return flow;
      },
      error: (error) => this.failed(error, false),
    };
    this.#arm();
  }
  /** A try to connect has settled. */
  attempted({ transport, result }: Pick<ConnectAttempt, "transport" | "result">): void {
    this.#recorder.counter("moq.publisher.connections", { transport: transportLabel(transport), result }).add(1);
  }
  /** The connection is in this state from now on. */
  status(status: ConnectionStatus): void {
    switch (status.kind) {
      case "connecting":
        if (this.#hadSession) this.#reconnects(this.#lossReason);
        return;
      case "connected":
        this.#accrue();
        // the one before was not lost: GOAWAY sent us on
        if (this.#session) this.#reconnects("goaway");
        this.#session = status.session;
        this.#hadSession = true;
        this.#transport = transportLabel(status.session.transport.kind);
        this.#sent = this.#recorder.counter("moq.publisher.io", { direction: "sent", transport: this.#transport });
        return;
      case "waiting":
      case "closed":
        return this.#lost(status.error);
    }
  }
  /** Something of the publisher's went wrong; a fatal error ends it. */
  failed(error: unknown, fatal: boolean): void {
    this.#recorder.counter("moq.publisher.errors", { "error.type": errorType(error), fatal: fatal ? "true" : "false" }).add(1);
    if (fatal) this.#close("failed");
  }
  /** How far this machine's wall clock is from the time service's. */
  clockEstimated({ offsetMs, atMs }: ClockEstimate): void {
    const aheadMs = this.#epochMs() - (this.#clock.now() - atMs) - (atMs + offsetMs);
    this.#recorder.histogram("moq.publisher.clock_offset", { sign: aheadMs >= 0 ? "ahead" : "behind" }).record(Math.abs(aheadMs) / 1000);
  }
  /** The publisher ends: an attempt that nobody had asked anything of was left. May be called twice. */
  close(): void {
    this.#accrue();
    this.#cancel();
    this.#session = undefined;
    this.#close("exited");
  }

  #reconnects(reason: ReconnectReason): void {
    this.#recorder.counter("moq.publisher.reconnects", { reason, transport: this.#transport }).add(1);
  }
  #lost(error: LiteError | undefined): void {
    this.#accrue();
    if (!this.#session) this.#lossReason = "setup_error";
    else this.#lossReason = error?.code === "timeout" ? "idle_timeout" : "transport_lost";
    this.#session = undefined;
    this.#sent = undefined;
  }
  #close(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#recorder.counter("moq.publisher.publish_attempts", { outcome, transport: this.#transport }).add(1);
    const attributes = { "moq.broadcast": this.#broadcast, "moq.transport": this.#transport, "moq.outcome": outcome } as const;
    const span = this.#recorder.span("moq.publish.start", { attributes, startMs: this.#beganMs });
    span.end({ endMs: this.#epochMs(), ...(outcome === "failed" ? { error: outcome } : {}) });
  }
  #arm(): void {
    this.#cancel = this.#clock.after(lookMs, () => this.#look(), { background: true });
  }
  #look(): void {
    this.#accrue();
    if (this.#session && ++this.#looks % (looksPerSecond * 10) === 0) this.#sampleLink(this.#session);
    this.#arm();
  }
  /** Time since the last look belongs to what it is like now. */
  #accrue(): void {
    const now = this.#clock.now();
    const seconds = (now - this.#lookedMs) / 1000;
    this.#lookedMs = now;
    if (!this.#session || seconds <= 0) return;
    const transport = this.#transport;
    this.#recorder.counter("moq.publisher.publish_time", { transport }).add(seconds);
    const isBlocked = this.#session.transport.stats().bufferedBytes > 0;
    this.#recorder.counter("moq.publisher.send_blocked_time", { transport }).add(isBlocked ? seconds : 0);
  }
  #sampleLink(session: Session): void {
    for (const { ms, source } of roundTrips(session)) {
      if (ms > 0) this.#recorder.histogram("moq.publisher.rtt", { source, transport: this.#transport }).record(ms / 1000);
    }
  }
}
