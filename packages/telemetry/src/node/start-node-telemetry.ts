import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider } from "@opentelemetry/sdk-logs";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { type EventRecord, emitEvent, eventRecord } from "../otel/log-events.ts";
import { scopeName } from "../otel/scope.ts";
import { startSpan } from "../otel/tracer-spans.ts";
import { guarded } from "../recorder/guarded.ts";
import { MetricStore } from "../recorder/metric-store.ts";
import { prometheusText } from "../recorder/prometheus-text.ts";
import type { LogLevel, Recorder } from "../recorder/recorder.ts";
import { seriesOf } from "../recorder/series-of.ts";
import { redact } from "../redact.ts";
import { metrics } from "../registry/metrics.ts";
import { ChosenIds } from "./chosen-ids.ts";
import { EventLog } from "./event-log.ts";
import { flushOnExit } from "./exit-flush.ts";
import { ExportFailures } from "./export-failures.ts";
import { type ExportSettings, exportSettings } from "./export-settings.ts";
import { exportMetrics, logExport, spanExport } from "./exporters.ts";
import type { NodeTelemetry, NodeTelemetryOptions } from "./options.ts";
import { signals } from "./otel-variables.ts";
import { labelsOf, OtherInstances } from "./other-instances.ts";
import { recordProcess } from "./process-metrics.ts";
import { type LoadPackage, loadPackage } from "./stock-exporters.ts";

/** A backend that does not answer must not hold a process that wants to end. */
const endLimitMs = 3_000;

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Ends a wait after the limit; the rest goes on unheard. */
async function within(limitMs: number, work: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([Promise.allSettled(work), limit]);
  } finally {
    clearTimeout(timer);
  }
}

function samplerOf({ parentBased, ratio }: ExportSettings["sampler"]): Sampler {
  const root = ratio === 1 ? new AlwaysOnSampler() : ratio === 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}

function describe({ signals: bySignal, metricIntervalMs }: ExportSettings): string {
  const parts = signals.flatMap((signal) => {
    const settings = bySignal[signal];
    return settings === undefined ? [] : [`${signal}=${settings.protocol} ${redact(settings.url)}`];
  });
  return parts.length === 0 ? "nothing is sent" : `${parts.join(", ")}, metrics every ${metricIntervalMs} ms`;
}

/**
 * What would leave and where to, in one line, without starting anything.
 * @throws TelemetryError as `startNodeTelemetry` does for an endpoint that is none
 */
export function describeNodeTelemetry(options: NodeTelemetryOptions = {}): string {
  return describe(exportSettings(options));
}

/**
 * Starts telemetry of a Node process: metrics, spans and events of the registry, by OTLP where an endpoint is given by option or
 * by OpenTelemetry's variables (`otelHelp`), events also as JSON lines on stderr. Throws `TelemetryError` that names option or
 * variable, value and remedy: for an endpoint that is no http or https URL, or a protocol whose package is missing. A variable
 * that cannot be read is ignored with a warning, as OpenTelemetry's specification has it; an endpoint that does not answer
 * costs a warning a minute.
 */
export function startNodeTelemetry(options: NodeTelemetryOptions = {}, load: LoadPackage = loadPackage): NodeTelemetry {
  let { logLevel = "info" } = options;
  const settings = exportSettings(options);
  const log = new EventLog(logLevel, options.logStream, whoseOf(settings.attributes));
  const failures = new ExportFailures((signal, reason, suppressed, dropped) => {
    // Only to the log: what says that nothing can be sent cannot be sent.
    log.write(eventRecord("warn", "moq.export.failed", { signal, "error.type": "transport_lost", reason, suppressed, dropped }, undefined));
  });
  const resource = resourceFromAttributes(settings.attributes);
  const exporting = { settings, failures, load };
  const broken = (error: unknown): void =>
    log.write(eventRecord("error", "moq.error", { message: `A recording failed: ${String(error)}` }, undefined));
  const store = new MetricStore(metrics, { onError: broken });
  const meterProvider = exportMetrics(store, resource, exporting);
  const idGenerator = new ChosenIds();
  const sampler = samplerOf(settings.sampler);
  const tracerProvider = new TracerProvider({ resource, sampler, idGenerator, spanProcessors: spanExport(exporting) });
  const loggerProvider = new LoggerProvider({ resource, processors: logExport(exporting) });
  const tracer = tracerProvider.getTracer(scopeName);
  const logger = loggerProvider.getLogger(scopeName);
  const stopProcess = options.processMetrics === false ? () => {} : recordProcess(store);
  const isSilent = (level: LogLevel): boolean => levels.indexOf(level) < levels.indexOf(logLevel);

  const tell = (record: EventRecord): void => {
    log.write(record);
    emitEvent(logger, record);
  };
  const recorder: Recorder = {
    ...seriesOf(store),
    span: (name, spanOptions) => startSpan(tracer, name, spanOptions, idGenerator),
    event(level, name, attributes, context) {
      if (!isSilent(level)) tell(eventRecord(level, name, attributes, context));
    },
  };
  if (!isSilent("warn")) {
    for (const { variable, reason } of settings.ignored) {
      tell(eventRecord("warn", "moq.setting.ignored", { message: `${variable} is ignored: ${reason}`, variable }, undefined));
    }
  }

  const others = new OtherInstances({ exporting, attributes: settings.attributes, onError: broken });
  let ended: Promise<void> | undefined;
  const telemetry = {
    flush: (): Promise<void> =>
      within(endLimitMs, [
        meterProvider?.forceFlush() ?? Promise.resolve(),
        others.flush(),
        tracerProvider.forceFlush(),
        loggerProvider.forceFlush(),
      ]),
    shutdown(): Promise<void> {
      stopFlushing();
      ended ??= within(endLimitMs, [
        meterProvider?.shutdown() ?? Promise.resolve(),
        others.shutdown(),
        tracerProvider.shutdown(),
        loggerProvider.shutdown(),
      ]).finally(stopProcess);
      return ended;
    },
  };
  const sendsNothing = Object.keys(settings.signals).length === 0;
  const stopFlushing = sendsNothing || options.flushOnExit === false ? () => {} : flushOnExit(telemetry);
  const labels = labelsOf(settings.attributes);
  return {
    recorder: guarded(recorder, broken),
    instance: (instanceId) => others.get(instanceId),
    prometheusText: () => prometheusText(store.collect(), labels, others.collect()),
    describe: () => describe(settings),
    setLogLevel(level) {
      logLevel = level;
      log.setLevel(level);
    },
    sampleRatio: settings.sampler.ratio,
    ...telemetry,
  };
}

/** The resource attributes that tell one process from another, as log lines carry them. */
function whoseOf(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const keys = ["service.instance.id", "cloud.region"] as const;
  return Object.fromEntries(keys.flatMap((key) => (typeof attributes[key] === "string" ? [[key, attributes[key]]] : [])));
}
