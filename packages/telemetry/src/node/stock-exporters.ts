import { createRequire } from "node:module";
import { OTLPLogExporter as LogHttp } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as LogProto } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as MetricHttp } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as MetricProto } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as TraceHttp } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as TraceProto } from "@opentelemetry/exporter-trace-otlp-proto";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { TelemetryError } from "../error.ts";
import type { SignalSettings } from "./export-settings.ts";

type Load = (specifier: string) => unknown;
/** Loads a package that need not be there; from `path` when a package of a package is meant. */
export type LoadPackage = (specifier: string, from?: readonly string[]) => unknown;

/** The version that all exporters here have. */
const version = "0.223.0";

/** Loads a CommonJS package at once, since a recorder is needed at once; `from` is the way over packages whose own it is. */
export const loadPackage: LoadPackage = (specifier, from = []) => {
  let load = createRequire(import.meta.url);
  for (const step of from) load = createRequire(load.resolve(step));
  return (load as Load)(specifier);
};

interface Grpc {
  readonly Metadata: new () => { set(key: string, value: string): void };
}

function grpcExporter<E>(packageName: string, className: string, settings: SignalSettings, load: LoadPackage): E {
  const { url, protocolFrom, compression, timeoutMs: timeoutMillis } = settings;
  try {
    const found = load(packageName) as Record<string, new (options: unknown) => E>;
    const { Metadata } = load("@grpc/grpc-js", [packageName, "@opentelemetry/otlp-grpc-exporter-base"]) as Grpc;
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(settings.headers)) metadata.set(key, value);
    const Exporter = found[className];
    if (Exporter === undefined) throw new Error(`${packageName} has no ${className}`);
    return new Exporter({ url, compression, timeoutMillis, metadata, temporalityPreference: AggregationTemporality.CUMULATIVE });
  } catch (cause) {
    const isMissing = (cause as { readonly code?: unknown }).code === "MODULE_NOT_FOUND";
    if (!isMissing) throw cause;
    const remedy = `npm install ${packageName}@${version}, or choose http/protobuf`;
    throw new TelemetryError("exporter_missing", `${protocolFrom} needs the package ${packageName}: ${remedy}`, { cause });
  }
}

/** What exporters over HTTP have in common; gzip as a literal since its enum is not exported to us. */
function httpOptions({ url, headers, compression, timeoutMs }: SignalSettings): {
  url: string;
  headers: Record<string, string>;
  compression: never;
  timeoutMillis: number;
} {
  return { url, headers: { ...headers }, compression: compression as never, timeoutMillis: timeoutMs };
}

/** OpenTelemetry's own exporter of metrics for the protocol. Throws `TelemetryError` `exporter_missing`. */
export function metricExporter(settings: SignalSettings, load: LoadPackage): PushMetricExporter {
  const options = { ...httpOptions(settings), temporalityPreference: AggregationTemporality.CUMULATIVE };
  switch (settings.protocol) {
    case "http/protobuf":
      return new MetricProto(options);
    case "http/json":
      return new MetricHttp(options);
    case "grpc":
      return grpcExporter("@opentelemetry/exporter-metrics-otlp-grpc", "OTLPMetricExporter", settings, load);
  }
}

/** The same for spans. */
export function spanExporter(settings: SignalSettings, load: LoadPackage): SpanExporter {
  switch (settings.protocol) {
    case "http/protobuf":
      return new TraceProto(httpOptions(settings));
    case "http/json":
      return new TraceHttp(httpOptions(settings));
    case "grpc":
      return grpcExporter("@opentelemetry/exporter-trace-otlp-grpc", "OTLPTraceExporter", settings, load);
  }
}

/** The same for log records. */
export function logExporter(settings: SignalSettings, load: LoadPackage): LogRecordExporter {
  switch (settings.protocol) {
    case "http/protobuf":
      return new LogProto(httpOptions(settings));
    case "http/json":
      return new LogHttp(httpOptions(settings));
    case "grpc":
      return grpcExporter("@opentelemetry/exporter-logs-otlp-grpc", "OTLPLogExporter", settings, load);
  }
}
