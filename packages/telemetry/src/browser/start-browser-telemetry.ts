import { emptyResource } from "@opentelemetry/resources";
import { type ReadableSpan, TracerProvider } from "@opentelemetry/sdk-trace";
import { TelemetryError } from "../error.ts";
import { eventRecord } from "../otel/log-events.ts";
import { scopeName } from "../otel/scope.ts";
import { severityNumbers } from "../otel/severity.ts";
import { startSpan } from "../otel/tracer-spans.ts";
import { guarded } from "../recorder/guarded.ts";
import { MetricStore } from "../recorder/metric-store.ts";
import type { Recorder, SpanContext } from "../recorder/recorder.ts";
import { seriesOf } from "../recorder/series-of.ts";
import { silentRecorder } from "../recorder/silent.ts";
import { playerMetrics } from "../registry/player/index.ts";
import { reportAttributes } from "../registry/report.ts";
import { sessionState } from "../registry/sets.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import { systemClock } from "./clock.ts";
import { optedOut } from "./consent.ts";
import { ingestBase } from "./endpoint.ts";
import { Http } from "./http.ts";
import type { BrowserTelemetry, BrowserTelemetryOptions } from "./options.ts";
import type { LogEntry } from "./otlp-json.ts";
import { documentPage } from "./page.ts";
import { reportPoints } from "./points.ts";
import { Reporter } from "./reporter.ts";
import { SpanRing } from "./span-ring.ts";

const queueLimit = 256;

/** 32 hex digits; of `Math.random` where the page has no usable `crypto`: an id need not be secret, only new. */
function newSessionId(): string {
  const bytes = new Uint8Array(16);
  try {
    crypto.getRandomValues(bytes);
  } catch {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.random() * 256;
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function silentTelemetry(sessionId: string): BrowserTelemetry {
  const nothing = (): Promise<void> => Promise.resolve();
  return { recorder: silentRecorder, sessionId, setState() {}, flush: nothing, off() {}, close: nothing };
}

/**
 * Starts telemetry of one playback session in a page (or in Node, for tests): session-cumulative reports to the gateway's
 * public ingest (fleet-aggregation.md §3), spans and events beside them. Never throws: without an endpoint or consent, with
 * Do Not Track or Global Privacy Control, or where nothing can be reported, the recorder is silent; in the last case
 * `onError` is told why.
 */
export function startBrowserTelemetry(options: BrowserTelemetryOptions): BrowserTelemetry {
  const given = options.sessionId;
  const sessionId = given !== undefined && /^[A-Za-z0-9_-]{16,64}$/.test(given) ? given : newSessionId();
  const tell = (error: unknown): void => {
    try {
      options.onError?.(
        error instanceof TelemetryError ? error : new TelemetryError("failed", `telemetry failed: ${String(error)}`, { cause: error }),
      );
    } catch {
      // Who is told of failures may not fail the page.
    }
  };
  try {
    if (options.endpoint === undefined || options.consent === false || optedOut()) return silentTelemetry(sessionId);
    const page = typeof location === "undefined" ? undefined : location.href;
    return start(options, { base: ingestBase(options.endpoint, page), sessionId, tell });
  } catch (error) {
    tell(error);
    return silentTelemetry(sessionId);
  }
}

interface Started {
  readonly base: string;
  readonly sessionId: string;
  readonly tell: (error: unknown) => void;
}

function start(options: BrowserTelemetryOptions, { base, sessionId, tell }: Started): BrowserTelemetry {
  const { serviceName = "moq-player", intervalMs = 10_000, clock = systemClock, sampleRatio = 1, release, region } = options;
  const resource = {
    [reportAttributes.service]: serviceName,
    [reportAttributes.session]: sessionId,
    ...(release === undefined ? {} : { "service.version": release }),
    ...(region === undefined ? {} : { "cloud.region": region }),
  };
  const store = new MetricStore(options.metrics ?? playerMetrics, { now: () => clock.wallMs() });
  const spans = new BoundedQueue<ReadableSpan>(queueLimit);
  const logs = new BoundedQueue<LogEntry>(queueLimit);
  const ring = new SpanRing(spans, Math.random() < sampleRatio);
  const tracer = new TracerProvider({ resource: emptyResource(), spanProcessors: [ring] }).getTracer(scopeName);
  let session: SpanContext | undefined;
  const reporter = new Reporter({
    base,
    sessionId,
    resource,
    token: options.token,
    intervalMs,
    http: new Http(options.fetch ?? ((input, init) => fetch(input, init)), clock),
    clock,
    collect: () => reportPoints(store.collect()),
    trace: () => (ring.isOpen ? session : undefined),
    spans,
    logs,
    onTokenRefused: (status) => tell(new TelemetryError("token_refused", `${base}/v1/token answered ${status} to the session's MoQ JWT`)),
  });

  const live: Recorder = {
    ...seriesOf(store),
    span(name, spanOptions) {
      const span = startSpan(tracer, name, spanOptions);
      if (name === "moq.session.start") session = span.context;
      return span;
    },
    event(level, name, attributes, context) {
      const { message, values } = eventRecord(level, name, attributes, context);
      const ids = { traceId: context?.traceId, spanId: context?.spanId };
      const severityNumber = severityNumbers[level];
      logs.put({ atMs: clock.wallMs(), severityNumber, severityText: level, event: name, body: message, attributes: values, ...ids });
    },
  };
  const report = (leaving: "stays" | "leaves" | "final"): Promise<void> => reporter.report(leaving).catch(tell);
  const stopListening = (options.page ?? documentPage)({
    hidden: () => void report("leaves"),
    // A page in the back/forward cache may go on with its session; any other end is the last.
    leave: (persisted) => void report(persisted ? "leaves" : "final"),
    back: () => void report("stays"),
  });
  let isOff = false;
  let ended: Promise<void> | undefined;
  reporter.start();
  const recorder = guarded(live, tell);
  return {
    sessionId,
    recorder: {
      ...recorder,
      span: (name, spanOptions) => (isOff ? silentRecorder.span(name) : recorder.span(name, spanOptions)),
      event: (level, name, attributes, context) => (isOff ? undefined : recorder.event(level, name, attributes, context)),
    },
    setState(state) {
      reporter.state = sessionState.values.find((value) => value === state) ?? "other";
    },
    flush: (reason) => report(reason === "leaving" || reason === "hidden" ? "leaves" : "stays"),
    off() {
      isOff = true;
      reporter.stop();
      stopListening();
      spans.take(queueLimit);
      logs.take(queueLimit);
    },
    close() {
      ended ??= report("final").finally(stopListening);
      return ended;
    },
  };
}
