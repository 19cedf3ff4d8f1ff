import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { MetricStore } from "../recorder/metric-store.ts";
import type { ExportFailures } from "./export-failures.ts";
import type { ExportSettings, QueueSettings } from "./export-settings.ts";
import type { Signal } from "./otel-variables.ts";
import { Outbox } from "./outbox.ts";
import { type LoadPackage, logExporter, metricExporter, spanExporter } from "./stock-exporters.ts";
import { storeProducer } from "./store-producer.ts";

export interface Exporting {
  readonly settings: ExportSettings;
  readonly failures: ExportFailures;
  readonly load: LoadPackage;
}

/** A failed metric export is told once and forgotten: the next snapshot carries everything. */
function forgiving(exporter: PushMetricExporter, failures: ExportFailures): PushMetricExporter {
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
export function exportMetrics(store: Pick<MetricStore, "collect">, resource: Resource, exporting: Exporting): MeterProvider | undefined {
  const { settings, failures, load } = exporting;
  const { metrics } = settings.signals;
  if (metrics === undefined) return undefined;
  // Below the interval, so that an export is over before the next begins.
  const longestMs = Math.min(metrics.timeoutMs, settings.metricTimeoutMs ?? metrics.timeoutMs);
  const timeoutMs = Math.max(100, Math.min(longestMs, settings.metricIntervalMs * 0.8));
  const reader = new PeriodicExportingMetricReader({
    exporter: forgiving(metricExporter({ ...metrics, timeoutMs }, load), failures),
    exportIntervalMillis: Math.max(settings.metricIntervalMs, timeoutMs),
    exportTimeoutMillis: timeoutMs,
    metricProducers: [storeProducer(store)],
  });
  return new MeterProvider({ resource, readers: [reader] });
}

interface StockExporter<T> {
  export(batch: T[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

/** A bounded queue before one of OpenTelemetry's exporters. */
class QueuedExport<T> {
  readonly #exporter: StockExporter<T>;
  readonly #outbox: Outbox<T>;

  constructor(exporter: StockExporter<T>, queue: QueueSettings, failed: (error: unknown, dropped: number) => void) {
    this.#exporter = exporter;
    this.#outbox = new Outbox<T>({ ...queue, send: (batch, done) => exporter.export(batch, done), onFailure: failed });
  }

  put(item: T): void {
    this.#outbox.put(item);
  }

  forceFlush(): Promise<void> {
    return this.#outbox.flush();
  }

  async shutdown(): Promise<void> {
    await this.#outbox.close();
    await this.#exporter.shutdown();
  }
}

const failing =
  ({ failures }: Exporting, signal: Signal) =>
  (error: unknown, dropped: number): void =>
    failures.failed(signal, error, dropped);

/** Sends ended spans in batches. */
export function spanExport(exporting: Exporting): SpanProcessor[] {
  const { traces } = exporting.settings.signals;
  if (traces === undefined) return [];
  const exporter = spanExporter(traces, exporting.load);
  const queued = new QueuedExport<ReadableSpan>(exporter, exporting.settings.spanQueue, failing(exporting, "traces"));
  return [{ onStart() {}, onEnd: (span) => queued.put(span), forceFlush: () => queued.forceFlush(), shutdown: () => queued.shutdown() }];
}

/** Sends log records in batches. */
export function logExport(exporting: Exporting): LogRecordProcessor[] {
  const { logs } = exporting.settings.signals;
  if (logs === undefined) return [];
  const queued = new QueuedExport<ReadableLogRecord>(
    logExporter(logs, exporting.load),
    exporting.settings.logQueue,
    failing(exporting, "logs"),
  );
  return [{ onEmit: (record) => queued.put(record), forceFlush: () => queued.forceFlush(), shutdown: () => queued.shutdown() }];
}
