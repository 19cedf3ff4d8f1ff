import { ExportResultCode } from "@opentelemetry/core";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import type { Resource } from "@opentelemetry/resources";
import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { TelemetryError } from "../error.ts";
import type { MetricStore } from "../recorder/metric-store.ts";
import type { ExportFailures } from "./export-failures.ts";
import { Outbox } from "./outbox.ts";
import { storeProducer } from "./store-producer.ts";

const queueLimit = 4096;
const batchIntervalMs = 2_000;

export interface ExportOptions {
  /** OTLP/HTTP base, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  readonly intervalMs: number;
  readonly resource: Resource;
  readonly failures: ExportFailures;
}

/** The part of an exporter's configuration that all three signals share; gzip as a literal since the enum is not exported to us. */
function settings(base: string, path: string, timeoutMillis: number): { url: string; compression: never; timeoutMillis: number } {
  return { url: `${base}${path}`, compression: "gzip" as never, timeoutMillis };
}

/** The endpoint without a trailing slash. Throws `TelemetryError` when it is no http or https URL. */
export function endpointBase(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TelemetryError("endpoint_invalid", `"${endpoint}" is no OTLP/HTTP endpoint: such as http://127.0.0.1:4318`);
  }
  return endpoint.replace(/\/+$/, "");
}

/** A failed metric export is told once and forgotten: the next snapshot carries everything. */
function forgiving(exporter: OTLPMetricExporter, failures: ExportFailures): PushMetricExporter {
  return {
    export(batch, done) {
      exporter.export(batch, ({ code, error }) => {
        if (code !== ExportResultCode.SUCCESS) failures.failed("metrics", error);
        done({ code: ExportResultCode.SUCCESS });
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  };
}

/** Sends the store's snapshot every interval, until shut down, which sends the last one. */
export function exportMetrics(store: MetricStore, { endpoint, intervalMs, resource, failures }: ExportOptions): MeterProvider {
  // Below the interval, so that an export is over before the next begins.
  const timeoutMs = Math.max(100, Math.min(8_000, intervalMs * 0.8));
  const exporter = new OTLPMetricExporter({
    ...settings(endpointBase(endpoint), "/v1/metrics", timeoutMs),
    temporalityPreference: AggregationTemporality.CUMULATIVE,
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: forgiving(exporter, failures),
    exportIntervalMillis: Math.max(intervalMs, timeoutMs),
    exportTimeoutMillis: timeoutMs,
    metricProducers: [storeProducer(store)],
  });
  return new MeterProvider({ resource, readers: [reader] });
}

/** Sends ended spans in batches. */
export function spanExport({ endpoint, failures }: ExportOptions): SpanProcessor {
  const exporter = new OTLPTraceExporter(settings(endpointBase(endpoint), "/v1/traces", 8_000));
  const outbox = new Outbox<ReadableSpan>({
    send: (batch, done) => exporter.export(batch, done),
    intervalMs: batchIntervalMs,
    limit: queueLimit,
    batchSize: 512,
    onFailure: (error) => failures.failed("traces", error),
  });
  return {
    onStart() {},
    onEnd: (span) => outbox.put(span),
    forceFlush: () => outbox.flush(),
    async shutdown() {
      await outbox.close();
      await exporter.shutdown();
    },
  };
}

/** Sends log records in batches. */
export function logExport({ endpoint, failures }: ExportOptions): LogRecordProcessor {
  const exporter = new OTLPLogExporter(settings(endpointBase(endpoint), "/v1/logs", 8_000));
  const outbox = new Outbox<ReadableLogRecord>({
    send: (batch, done) => exporter.export(batch, done),
    intervalMs: batchIntervalMs,
    limit: queueLimit,
    batchSize: 512,
    onFailure: (error) => failures.failed("logs", error),
  });
  return {
    onEmit: (record) => outbox.put(record),
    forceFlush: () => outbox.flush(),
    async shutdown() {
      await outbox.close();
      await exporter.shutdown();
    },
  };
}
