import { GatewayError } from "../error.ts";
import type { Signal } from "../otlp/answer.ts";
import type { ExportOptions } from "./destination.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const signals: readonly (readonly [Signal, string])[] = [
  ["metrics", "METRICS"],
  ["traces", "TRACES"],
  ["logs", "LOGS"],
];

/** What `exportFromEnvironment` heeds, for `--help`. */
export const exportHelp: readonly (readonly [names: string, meaning: string])[] = [
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "Base of the OTLP/HTTP receiver of everything, unless --export-endpoint says otherwise."],
  ["OTEL_EXPORTER_OTLP_{METRICS,TRACES,LOGS}_ENDPOINT", "The whole address of one signal."],
  ["OTEL_EXPORTER_OTLP_HEADERS, …_{METRICS,TRACES,LOGS}_HEADERS", "name=value,… with percent-encoded values."],
  ["OTEL_EXPORTER_OTLP_COMPRESSION", "gzip or none. Default gzip."],
  ["OTEL_EXPORTER_OTLP_TIMEOUT", "Milliseconds of one export."],
  ["OTEL_METRIC_EXPORT_INTERVAL", "Milliseconds between two exports of metrics."],
  ["OTEL_SDK_DISABLED", "true exports nothing."],
];

/**
 * What OpenTelemetry's variables say of exporting (specification: protocol/exporter, sdk-environment-variables): endpoints, headers,
 * compression and timeout, for all signals and for one, and the interval of metrics. `undefined` where they name no endpoint or say
 * OTEL_SDK_DISABLED. Throws GatewayError `export_invalid` where one cannot be read.
 */
export function exportFromEnvironment(env: Environment): ExportOptions | undefined {
  if (env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return undefined;
  const endpoint = text(env, "OTEL_EXPORTER_OTLP_ENDPOINT");
  const endpoints: Partial<Record<Signal, string>> = {};
  for (const [signal, name] of signals) {
    const own = text(env, `OTEL_EXPORTER_OTLP_${name}_ENDPOINT`);
    if (own !== undefined) endpoints[signal] = own;
  }
  if (endpoint === undefined && Object.keys(endpoints).length === 0) return undefined;
  return { ...(endpoint === undefined ? {} : { endpoint }), endpoints, ...exportSettings(env) };
}

/** The same without the endpoints, for an endpoint that was named otherwise. */
export function exportSettings(env: Environment): Omit<ExportOptions, "endpoint" | "endpoints"> {
  const signalHeaders: Partial<Record<Signal, Readonly<Record<string, string>>>> = {};
  for (const [signal, name] of signals) {
    const own = headersOf(env, `OTEL_EXPORTER_OTLP_${name}_HEADERS`);
    if (own !== undefined) signalHeaders[signal] = own;
  }
  const headers = headersOf(env, "OTEL_EXPORTER_OTLP_HEADERS");
  const compression = text(env, "OTEL_EXPORTER_OTLP_COMPRESSION")?.toLowerCase();
  if (compression !== undefined && compression !== "gzip" && compression !== "none") {
    throw new GatewayError("export_invalid", `OTEL_EXPORTER_OTLP_COMPRESSION is "${compression}": say gzip or none`);
  }
  const timeoutMs = milliseconds(env, "OTEL_EXPORTER_OTLP_TIMEOUT");
  const intervalMs = milliseconds(env, "OTEL_METRIC_EXPORT_INTERVAL");
  return {
    signalHeaders,
    ...(headers === undefined ? {} : { headers }),
    ...(compression === undefined ? {} : { gzip: compression === "gzip" }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
  };
}

function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

function milliseconds(env: Environment, name: string): number | undefined {
  const given = text(env, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isFinite(value) && value >= 100 && value <= 3_600_000) return value;
  throw new GatewayError("export_invalid", `${name} is "${given}": say milliseconds from 100 to 3600000`);
}

/** `name=value` pairs with commas between, percent-encoded (W3C baggage without metadata). */
function headersOf(env: Environment, name: string): Record<string, string> | undefined {
  const given = text(env, name);
  if (given === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const pair of given.split(",")) {
    if (pair.trim() === "") continue;
    const at = pair.indexOf("=");
    try {
      if (at <= 0) throw new SyntaxError("a part has no =");
      new Headers([[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]]).forEach((value, key) => {
        headers[key] = value;
      });
    } catch (cause) {
      // the value may be a secret: it is not repeated
      throw new GatewayError("export_invalid", `${name} cannot be read: say name=value with commas between, percent-encoded`, { cause });
    }
  }
  return headers;
}
