import { type Attributes, ROOT_CONTEXT, SpanStatusCode, trace, ValueType } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";

/** Exporters of OpenTelemetry as they come. */
export interface StockExporters {
  readonly metrics: PushMetricExporter;
  readonly traces: SpanExporter;
  readonly logs: LogRecordExporter;
}
export interface StockSpans {
  readonly traceId: string;
  readonly parentId: string;
  readonly childId: string;
}

/** What the histogram has been given, in two exports. */
export const latencies: readonly (readonly number[])[] = [[0.05, 0.3, 0.3, 2], [0.7]];
export const latencyBounds: readonly number[] = [0.1, 0.5, 1];

/**
 * An application with the SDK of OpenTelemetry set up as its documentation says: it records known values of every kind, exports them
 * in two parts, and ends. Runs in Node and in a page alike.
 */
export async function runStockApplication(resource: Attributes, exporters: StockExporters): Promise<StockSpans> {
  const about = { resource: resourceFromAttributes(resource) };
  const meters = new MeterProvider({
    ...about,
    readers: [
      new PeriodicExportingMetricReader({ exporter: exporters.metrics, exportIntervalMillis: 60_000, exportTimeoutMillis: 10_000 }),
    ],
  });
  const tracers = new TracerProvider({ ...about, spanProcessors: [new BatchSpanProcessor({ exporter: exporters.traces })] });
  const loggers = new LoggerProvider({ ...about, processors: [new BatchLogRecordProcessor({ exporter: exporters.logs })] });

  const meter = meters.getMeter("app", "1.0.0");
  const requests = meter.createCounter("app.requests", { unit: "{request}", valueType: ValueType.INT });
  const seconds = meter.createCounter("app.busy_time", { unit: "s" });
  const inFlight = meter.createUpDownCounter("app.in_flight");
  const latency = meter.createHistogram("app.latency", { unit: "s", advice: { explicitBucketBoundaries: [...latencyBounds] } });
  meter.createObservableGauge("app.temperature", { unit: "Cel" }).addCallback((result) => result.observe(-7.25, { room: "a" }));
  meter.createObservableCounter("app.reads", { unit: "{read}" }).addCallback((result) => result.observe(1_234_567));

  requests.add(1, { route: "/a" });
  requests.add(4, { route: "/b" });
  seconds.add(0.125);
  inFlight.add(5);
  for (const value of latencies[0] ?? []) latency.record(value);
  await meters.forceFlush();
  requests.add(3, { route: "/a" });
  seconds.add(0.25);
  inFlight.add(-2);
  for (const value of latencies[1] ?? []) latency.record(value);

  const tracer = tracers.getTracer("app");
  const parent = tracer.startSpan("request", { attributes: { route: "/a", attempt: 2 } });
  const spanContext = parent.spanContext();
  const context = trace.setSpan(ROOT_CONTEXT, parent);
  const child = tracer.startSpan("query", {}, context);
  child.setStatus({ code: SpanStatusCode.ERROR, message: "no rows" });
  child.end();
  parent.end();
  const logger = loggers.getLogger("app");
  logger.emit({ eventName: "app.done", severityNumber: 13, severityText: "WARN", body: "it is done", attributes: { tries: 2 }, context });

  // Each sends what waits. Not forced alone: an export that fails must fail this test.
  await Promise.all([meters.shutdown(), tracers.shutdown(), loggers.shutdown()]);
  return { traceId: spanContext.traceId, parentId: spanContext.spanId, childId: child.spanContext().spanId };
}
