import { TelemetryError } from "../error.ts";
import type { NodeTelemetryOptions } from "./options.ts";
import { type OtelEnvironment, readOtelEnvironment, type SignalEnvironment } from "./otel-environment.ts";
import { type Protocol, type Signal, signals } from "./otel-variables.ts";

/** How one signal leaves. */
export interface SignalSettings {
  readonly url: string;
  readonly protocol: Protocol;
  /** What chose the protocol, for the message when its package is missing. */
  readonly protocolFrom: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: "gzip" | "none";
}
export interface QueueSettings {
  readonly intervalMs: number;
  readonly limit: number;
  readonly batchSize: number;
}
/** What is in force, of options, variables and defaults. */
export interface ExportSettings {
  /** A signal that is not sent is absent. */
  readonly signals: { readonly [S in Signal]?: SignalSettings };
  readonly metricIntervalMs: number;
  /** Of collecting and exporting metrics; `undefined`: that of the exporter. */
  readonly metricTimeoutMs: number | undefined;
  readonly spanQueue: QueueSettings;
  readonly logQueue: QueueSettings;
  readonly sampler: { readonly parentBased: boolean; readonly ratio: number };
  readonly attributes: Readonly<Record<string, string>>;
  readonly ignored: OtelEnvironment["ignored"];
}

const defaultIntervalMs = 10_000;
const defaultTimeoutMs = 10_000;
/** Spans and log records leave soon, and a slow backend costs history, never memory. */
const defaultQueue: QueueSettings = { intervalMs: 2_000, limit: 4_096, batchSize: 512 };

function checked(url: string, from: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new TelemetryError(
      "endpoint_invalid",
      `${from}: "${url}" is no OTLP endpoint: give an http or https URL such as http://127.0.0.1:4318`,
    );
  }
  return parsed;
}

/** The address of a signal: of gRPC the base alone, since its path is the service's name. */
function addressOf(url: string, from: string, path: string | undefined): string {
  const parsed = checked(url, from);
  if (path === undefined) return parsed.href;
  return `${url.replace(/\/+$/, "")}${path}`;
}

/** An option's base wins over every address of the environment. */
function endpointOf(signal: Signal, { endpoint }: NodeTelemetryOptions, env: OtelEnvironment): SignalEnvironment["endpoint"] {
  const told = env.signals[signal];
  if (told.isOff || env.isDisabled) return undefined;
  return endpoint === undefined ? told.endpoint : { url: endpoint, isBase: true, variable: "endpoint" };
}

function signalSettings(signal: Signal, options: NodeTelemetryOptions, env: OtelEnvironment): SignalSettings | undefined {
  const endpoint = endpointOf(signal, options, env);
  if (endpoint === undefined) return undefined;
  const told = env.signals[signal];
  const protocol = options.protocol ?? told.protocol ?? "http/protobuf";
  const path = endpoint.isBase && protocol !== "grpc" ? `/v1/${signal}` : undefined;
  return {
    url: addressOf(endpoint.url, endpoint.variable, path),
    protocol,
    protocolFrom: options.protocol === undefined ? `${told.protocolVariable}=${protocol}` : `protocol "${protocol}"`,
    headers: { ...told.headers, ...options.headers },
    timeoutMs: options.timeoutMs ?? told.timeoutMs ?? defaultTimeoutMs,
    compression: options.compression ?? told.compression ?? "gzip",
  };
}

function queueSettings(env: OtelEnvironment["spanQueue"]): QueueSettings {
  const limit = env.limit ?? defaultQueue.limit;
  const batchSize = Math.min(limit, env.batchSize ?? defaultQueue.batchSize);
  return { intervalMs: env.intervalMs ?? defaultQueue.intervalMs, limit, batchSize };
}

function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (value > 0 && value < 2 ** 31)) return value;
  throw new TelemetryError("option_invalid", `${name}: ${value} is no number of milliseconds above 0`);
}

function samplerOf({ sampleRatio, fallback }: NodeTelemetryOptions, env: OtelEnvironment): ExportSettings["sampler"] {
  if (sampleRatio === undefined) return env.sampler ?? { parentBased: true, ratio: fallback?.sampleRatio ?? 1 };
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) throw new TelemetryError("option_invalid", `sampleRatio: ${sampleRatio} is not from 0 to 1`);
  return { parentBased: true, ratio: sampleRatio };
}

/** What is known of the process: an option before the environment before the fallback. */
function attributesOf(options: NodeTelemetryOptions, env: OtelEnvironment): Record<string, string> {
  const named = ({ serviceName, instanceId, region, version }: NonNullable<NodeTelemetryOptions["fallback"]>): Record<string, string> => ({
    ...(serviceName === undefined ? {} : { "service.name": serviceName }),
    ...(instanceId === undefined ? {} : { "service.instance.id": instanceId }),
    ...(region === undefined ? {} : { "cloud.region": region }),
    ...(version === undefined ? {} : { "service.version": version }),
  });
  return { "service.name": "unknown_service:node", ...named(options.fallback ?? {}), ...env.attributes, ...named(options) };
}

/** Options before variables before defaults. Throws `TelemetryError` that names the option or variable, its value and the remedy. */
export function exportSettings(options: NodeTelemetryOptions): ExportSettings {
  const env = readOtelEnvironment(options.env ?? process.env);
  const byName = signals.flatMap((signal): [Signal, SignalSettings][] => {
    const settings = signalSettings(signal, options, env);
    return settings === undefined ? [] : [[signal, settings]];
  });
  positive("timeoutMs", options.timeoutMs);
  return {
    signals: Object.fromEntries(byName),
    metricIntervalMs: positive("intervalMs", options.intervalMs) ?? env.metricIntervalMs ?? defaultIntervalMs,
    metricTimeoutMs: env.metricTimeoutMs,
    spanQueue: queueSettings(env.spanQueue),
    logQueue: queueSettings(env.logQueue),
    sampler: samplerOf(options, env),
    attributes: attributesOf(options, env),
    ignored: env.ignored,
  };
}
