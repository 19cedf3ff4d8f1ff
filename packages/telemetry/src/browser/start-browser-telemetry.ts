import { emptyResource } from "@opentelemetry/resources";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { TelemetryError } from "../error.ts";
import { severityNumbers } from "../otel/severity.ts";
import { scopeName, storeProducer } from "../otel/store-producer.ts";
import { startSpan } from "../otel/tracer-spans.ts";
import { MetricStore } from "../recorder/metric-store.ts";
import type { LogLevel, Recorder, SpanContext } from "../recorder/recorder.ts";
import { silentRecorder } from "../recorder/silent.ts";
import { redactValues } from "../redact.ts";
import { events } from "../registry/events.ts";
import { declaredValues } from "../registry/fields.ts";
import { playerMetrics } from "../registry/player.ts";
import { sessionState } from "../registry/sets.ts";
import type { EventAttributes, EventName, SessionState } from "../registry/types.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import { systemClock, type TelemetryClock } from "./clock.ts";
import { Http } from "./http.ts";
import type { LogEntry } from "./otlp-json.ts";
import { documentPage, type PageEvents } from "./page.ts";
import { collectedPoints } from "./points.ts";
import { Reporter } from "./reporter.ts";
import { SpanRing } from "./span-ring.ts";

const queueLimit = 256;

/** States of a player; a report knows those of `SessionState`, the rest is `other`. */
export type PlaybackState = SessionState | "seeking" | "ended" | "failed";

export interface BrowserTelemetryOptions {
  /** The gateway's public ingest, absolute or relative to the page, such as `http://localhost:4319`. */
  readonly endpoint: string;
  /** Default `moq-player`. */
  readonly serviceName?: string | undefined;
  /** Time between reports until the gateway sets another; default 10 000. */
  readonly intervalMs?: number | undefined;
  /** 16 to 64 of `[A-Za-z0-9_-]`, new for every playback session; default random. */
  readonly sessionId?: string | undefined;
  /** Part of sessions whose spans are sent at once, 0 to 1; of the others only those with a stall or an error. Default 1. */
  readonly sampleRatio?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: TelemetryClock | undefined;
  readonly page?: PageEvents | undefined;
  /** Told why nothing is reported; default nobody. */
  readonly onError?: ((error: TelemetryError) => void) | undefined;
}

export type FlushReason = "startup" | "state" | "error" | "hidden" | "leaving";

export interface BrowserTelemetry {
  readonly recorder: Recorder;
  readonly sessionId: string;
  /** What the next report says of the session. */
  setState(state: PlaybackState): void;
  /** Reports now; `hidden` and `leaving` as requests that outlive the page. Settles when it is over, never rejects. */
  flush(reason: FlushReason): Promise<void>;
  /** Sends the closing report and stops. May be called twice; never rejects. */
  close(reason?: string): Promise<void>;
}

/** The SDK's reader without a pace of its own: reports say when it is read. */
class ReportReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function newSessionId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The ingest's base URL. Throws `TelemetryError`. */
function ingestBase(endpoint: string): string {
  const page = typeof location === "undefined" ? undefined : location.href;
  const url = URL.parse(endpoint, page);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TelemetryError("endpoint_invalid", `"${endpoint}" is no telemetry endpoint: such as https://example.org or /telemetry`);
  }
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (page?.startsWith("https:") === true && url.protocol === "http:" && !local) {
    throw new TelemetryError("mixed_content", `a page on https cannot report to ${url.origin}: the endpoint must be https too`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Global Privacy Control and Do Not Track switch telemetry off. */
function optedOut(): boolean {
  if (typeof navigator === "undefined") return false;
  const signals = navigator as { readonly globalPrivacyControl?: unknown; readonly doNotTrack?: unknown };
  return signals.globalPrivacyControl === true || signals.doNotTrack === "1";
}

function silentTelemetry(sessionId: string): BrowserTelemetry {
  return { recorder: silentRecorder, sessionId, setState() {}, flush: () => Promise.resolve(), close: () => Promise.resolve() };
}

/** The one boundary: whatever breaks here does not reach the player. */
function safely<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    // Telemetry that cannot be recorded is lost; playback goes on.
    return otherwise;
  }
}

/**
 * Starts telemetry of one playback session in a page (or in Node, for tests): session-cumulative reports to the gateway's
 * public ingest (fleet-aggregation.md §3), spans and events beside them. Never throws: where nothing can be reported,
 * the recorder is silent and `onError` is told why.
 */
export function startBrowserTelemetry(options: BrowserTelemetryOptions): BrowserTelemetry {
  const given = options.sessionId;
  const sessionId = given !== undefined && /^[A-Za-z0-9_-]{16,64}$/.test(given) ? given : newSessionId();
  if (optedOut()) return silentTelemetry(sessionId);
  try {
    return start(options, ingestBase(options.endpoint), sessionId);
  } catch (error) {
    if (error instanceof TelemetryError) safely(() => options.onError?.(error), undefined);
    return silentTelemetry(sessionId);
  }
}

function start(options: BrowserTelemetryOptions, base: string, sessionId: string): BrowserTelemetry {
  const { serviceName = "moq-player", intervalMs = 10_000, clock = systemClock, sampleRatio = 1 } = options;
  const store = new MetricStore(playerMetrics, { now: () => clock.wallMs() });
  const reader = new ReportReader({ metricProducers: [storeProducer(store, () => clock.wallMs())] });
  const meterProvider = new MeterProvider({ resource: emptyResource(), readers: [reader] });
  const spans = new BoundedQueue<ReadableSpan>(queueLimit);
  const logs = new BoundedQueue<LogEntry>(queueLimit);
  const spanProcessors = [new SpanRing(spans, Math.random() < sampleRatio)];
  const tracer = new BasicTracerProvider({ resource: emptyResource(), spanProcessors }).getTracer(scopeName);
  const reporter = new Reporter({
    base,
    service: serviceName,
    sessionId,
    intervalMs,
    http: new Http(options.fetch ?? ((input, init) => fetch(input, init)), clock),
    clock,
    collect: async () => collectedPoints((await reader.collect()).resourceMetrics),
    spans,
    logs,
  });

  function event<N extends EventName>(level: LogLevel, name: N, attributes: EventAttributes<N>, context?: SpanContext): void {
    const { description, fields } = events[name];
    const values = redactValues(declaredValues(fields, attributes));
    const message = typeof values["message"] === "string" ? values["message"] : description;
    logs.put({
      atMs: clock.wallMs(),
      severityNumber: severityNumbers[level],
      severityText: level,
      event: name,
      body: message,
      attributes: values,
      traceId: context?.traceId,
      spanId: context?.spanId,
    });
  }

  const report = (leaving: "stays" | "leaves" | "final"): Promise<void> => reporter.report(leaving).catch(() => {});
  const stopListening = (options.page ?? documentPage)({
    hidden: () => void report("leaves"),
    // A page in the back/forward cache may go on with its session; any other end is the last.
    leave: (persisted) => void report(persisted ? "leaves" : "final"),
  });
  let ended: Promise<void> | undefined;
  reporter.start();
  return {
    sessionId,
    recorder: {
      counter: (name, attributes) => store.counter(name, attributes),
      upDownCounter: (name, attributes) => store.upDownCounter(name, attributes),
      histogram: (name, attributes) => store.histogram(name, attributes),
      gauge: (name, attributes) => store.gauge(name, attributes),
      onCollect: (sample) => store.onCollect(sample),
      retire: (key, value, metric) => store.retire(key, value, metric),
      span: (name, spanOptions) => safely(() => startSpan(tracer, name, spanOptions), silentRecorder.span(name)),
      event: (level, name, attributes, context) => safely(() => event(level, name, attributes, context), undefined),
    },
    setState(state) {
      const known = sessionState.values.find((value) => value === state);
      reporter.state = known ?? "other";
    },
    flush: (reason) => report(reason === "leaving" || reason === "hidden" ? "leaves" : "stays"),
    close() {
      ended ??= report("final").finally(() => {
        stopListening();
        // The reader holds no timer and no socket: its end has nothing to wait for.
        void meterProvider.shutdown();
      });
      return ended;
    },
  };
}
