import { OTLPLogExporter as LogHttp } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as LogProto } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as MetricHttp } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as MetricProto } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as TraceHttp } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as TraceProto } from "@opentelemetry/exporter-trace-otlp-proto";
import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { runStockApplication, type StockExporters, type StockSpans } from "../support/stock-application.ts";

/** How one run of the application exports. */
export interface StockRun {
  readonly base: string;
  readonly format: "json" | "protobuf";
  readonly temporality: "cumulative" | "delta";
  readonly service: string;
}

/** OpenTelemetry's exporters of that format, with nothing set but address and temporality. */
export function stockExporters({ base, format, temporality }: Omit<StockRun, "service">): StockExporters {
  const [Metrics, Traces, Logs] = format === "json" ? [MetricHttp, TraceHttp, LogHttp] : [MetricProto, TraceProto, LogProto];
  const preference = temporality === "delta" ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
  return {
    metrics: new Metrics({ url: `${base}/v1/metrics`, temporalityPreference: preference }),
    traces: new Traces({ url: `${base}/v1/traces` }),
    logs: new Logs({ url: `${base}/v1/logs` }),
  };
}

/** One application of that name, which ends when all is exported. */
export function stockRun(run: StockRun): Promise<StockSpans> {
  return runStockApplication({ "service.name": run.service, "service.instance.id": `${run.service}-1` }, stockExporters(run));
}

// The test asks for it in a page; in Node it is imported.
Object.assign(globalThis, { stockRun });
