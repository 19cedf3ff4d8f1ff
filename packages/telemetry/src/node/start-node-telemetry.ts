import type { SeverityNumber } from "@opentelemetry/api-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider } from "@opentelemetry/sdk-logs";
import type { MeterProvider } from "@opentelemetry/sdk-metrics";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { scopeName } from "../otel/scope.ts";
import { severityNumbers } from "../otel/severity.ts";
import { contextOf, startSpan } from "../otel/tracer-spans.ts";
import { MetricStore } from "../recorder/metric-store.ts";
import { prometheusText } from "../recorder/prometheus-text.ts";
import type { LogLevel, Recorder, SpanContext } from "../recorder/recorder.ts";
import { redactValues } from "../redact.ts";
import { events } from "../registry/events.ts";
import { declaredValues } from "../registry/fields.ts";
import { metrics } from "../registry/metrics.ts";
import type { EventAttributes, EventName } from "../registry/types.ts";
import { EventLog, type LogStream } from "./event-log.ts";
import { ExportFailures } from "./export-failures.ts";
import { type ExportOptions, exportMetrics, logExport, spanExport } from "./exporters.ts";
import { recordProcess } from "./process-metrics.ts";

/** A backend that does not answer must not hold a process that wants to end. */
const shutdownLimitMs = 3_000;

export interface NodeTelemetryOptions {
  /** Such as `moq-relay`; Prometheus' `job`. */
  readonly serviceName: string;
  /** Stable name of this process among its kind; Prometheus' `instance`. */
  readonly instanceId: string;
  /** Where the process runs; not where its viewers are. */
  readonly region?: string | undefined;
  readonly version?: string | undefined;
  /** OTLP/HTTP base, such as `http://127.0.0.1:4318`; without it nothing is sent. */
  readonly endpoint?: string | undefined;
  /** Time between metric exports; default 10 000. */
  readonly intervalMs?: number | undefined;
  /** CPU, memory and event loop; default true. */
  readonly processMetrics?: boolean | undefined;
  /** Least level that is logged; default `info`. */
  readonly logLevel?: LogLevel | undefined;
  /** Where log lines go; default stderr. */
  readonly logStream?: LogStream | undefined;
}

export interface NodeTelemetry {
  readonly recorder: Recorder;
  /** The process's metrics as Prometheus text, for set-ups without a collector. */
  prometheusText(): string;
  /** Sends what waits, for at most 3 s, and stops. May be called twice; never rejects. */
  shutdown(): Promise<void>;
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

function resourceOf({ serviceName, instanceId, region, version }: NodeTelemetryOptions): ReturnType<typeof resourceFromAttributes> {
  return resourceFromAttributes({
    "service.name": serviceName,
    "service.instance.id": instanceId,
    ...(region === undefined ? {} : { "cloud.region": region }),
    ...(version === undefined ? {} : { "service.version": version }),
  });
}

/** Ends a wait after the limit; the rest goes on unheard. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts telemetry of a Node process: metrics, spans and events of the registry, by OTLP/HTTP where an endpoint is given,
 * events also as JSON lines on stderr. Throws `TelemetryError` for an endpoint that is no http or https URL; one that does
 * not answer costs a warning a minute.
 */
export function startNodeTelemetry(options: NodeTelemetryOptions): NodeTelemetry {
  const { endpoint, intervalMs = 10_000, logLevel = "info" } = options;
  const log = new EventLog(logLevel, options.logStream);
  const failures = new ExportFailures((signal, message, suppressed) => {
    const values = { signal, "error.type": "transport_lost", reason: message, suppressed };
    log.write({ level: "warn", event: "moq.export.failed", message: events["moq.export.failed"].description, values, context: undefined });
  });
  const store = new MetricStore(metrics, {
    onError(error) {
      log.write({ level: "error", event: "moq.error", message: `A sample failed: ${String(error)}`, values: {}, context: undefined });
    },
  });
  const resource = resourceOf(options);
  const out: ExportOptions | undefined = endpoint === undefined ? undefined : { endpoint, intervalMs, resource, failures };
  const meterProvider: MeterProvider | undefined = out && exportMetrics(store, out);
  const tracerProvider = new TracerProvider({ resource, spanProcessors: out ? [spanExport(out)] : [] });
  const loggerProvider = new LoggerProvider({ resource, processors: out ? [logExport(out)] : [] });
  const tracer = tracerProvider.getTracer(scopeName);
  const logger = loggerProvider.getLogger(scopeName);
  const stopProcess = options.processMetrics === false ? () => {} : recordProcess(store);

  function event<N extends EventName>(level: LogLevel, name: N, attributes: EventAttributes<N>, context?: SpanContext): void {
    if (levels.indexOf(level) < levels.indexOf(logLevel)) return;
    const { description, fields } = events[name];
    const values = redactValues(declaredValues(fields, attributes));
    const message = typeof values["message"] === "string" ? values["message"] : description;
    log.write({ level, event: name, message, values, context });
    const severityNumber: SeverityNumber = severityNumbers[level];
    logger.emit({ eventName: name, severityNumber, severityText: level, body: message, attributes: values, context: contextOf(context) });
  }

  const labels = { job: options.serviceName, instance: options.instanceId, ...(options.region ? { cloud_region: options.region } : {}) };
  let ended: Promise<void> | undefined;
  return {
    recorder: {
      counter: (name, attributes) => store.counter(name, attributes),
      upDownCounter: (name, attributes) => store.upDownCounter(name, attributes),
      histogram: (name, attributes) => store.histogram(name, attributes),
      gauge: (name, attributes) => store.gauge(name, attributes),
      onCollect: (sample) => store.onCollect(sample),
      retire: (key, value, metric) => store.retire(key, value, metric),
      span: (name, spanOptions) => startSpan(tracer, name, spanOptions),
      event,
    },
    prometheusText: () => prometheusText(store.collect(), labels),
    shutdown() {
      ended ??= within(
        shutdownLimitMs,
        Promise.allSettled([meterProvider?.shutdown(), tracerProvider.shutdown(), loggerProvider.shutdown()]),
      ).finally(stopProcess);
      return ended;
    },
  };
}
