import type { TelemetryError } from "../error.ts";
import type { Recorder } from "../recorder/recorder.ts";
import type { MetricTable } from "../registry/metric-record.ts";
import type { SessionState } from "../registry/types.ts";
import type { TelemetryClock } from "./clock.ts";
import type { PageEvents } from "./page.ts";
import type { TokenOption } from "./token.ts";

/** States of a player; a report knows those of `SessionState`, the rest is `other`. */
export type PlaybackState = SessionState | "seeking" | "ended" | "failed";

export interface BrowserTelemetryOptions {
  /** The gateway's public ingest, absolute or relative to the page, such as `http://localhost:4319`; without it nothing is sent. */
  readonly endpoint?: string | undefined;
  /** `false` where the viewer has not agreed: then nothing is recorded and nothing is sent. Default true. */
  readonly consent?: boolean | undefined;
  /** What reports are signed with; without it only a gateway that asks for no token takes them. */
  readonly token?: TokenOption | undefined;
  /** Default `moq-player`. */
  readonly serviceName?: string | undefined;
  /** What is recorded: `publisherMetrics` in a page that publishes; default `playerMetrics`. */
  readonly metrics?: MetricTable | undefined;
  /** Version of the page or player (`service.version`). */
  readonly release?: string | undefined;
  /** Where the page was served from (`cloud.region`). Where the viewer is, only the gateway says. */
  readonly region?: string | undefined;
  /** Time between reports until the gateway sets another; default 10 000. */
  readonly intervalMs?: number | undefined;
  /** 16 to 64 of `[A-Za-z0-9_-]`, new for every playback session; default random. */
  readonly sessionId?: string | undefined;
  /** Part of sessions whose spans are sent at once, 0 to 1; of the others only those with a stall or an error. Default 1. */
  readonly sampleRatio?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: TelemetryClock | undefined;
  readonly page?: PageEvents | undefined;
  /** Told why nothing is reported; default nobody. What it throws is ignored. */
  readonly onError?: ((error: TelemetryError) => void) | undefined;
}

export type FlushReason = "startup" | "state" | "error" | "hidden" | "leaving";

/** Telemetry of one playback session. None of its calls throws or rejects. */
export interface BrowserTelemetry {
  readonly recorder: Recorder;
  readonly sessionId: string;
  /** What the next report says of the session. */
  setState(state: PlaybackState): void;
  /** Reports now; `hidden` and `leaving` as requests that outlive the page. Settles when it is over. */
  flush(reason: FlushReason): Promise<void>;
  /** Switches it off for good, without a closing report: what waits is dropped and nothing is sent any more. */
  off(): void;
  /** Sends the closing report and stops. May be called twice. */
  close(reason?: string): Promise<void>;
}
