import { GatewayError } from "../error.ts";
import type { Signal } from "../otlp/answer.ts";

/** Where this gateway's telemetry goes: a collector, a Prometheus, any OTLP/HTTP receiver. */
export interface ExportOptions {
  /** Base such as `http://127.0.0.1:14318`; `/v1/metrics`, `/v1/traces` and `/v1/logs` are put after it. */
  readonly endpoint?: string;
  /** Whole address of a signal, in place of the base. A signal without either stays here. */
  readonly endpoints?: Partial<Record<Signal, string>>;
  /** Sent with every request, such as an authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More of them, for one signal. */
  readonly signalHeaders?: Partial<Record<Signal, Readonly<Record<string, string>>>>;
  /** Whether bodies are compressed; default true. */
  readonly gzip?: boolean;
  /** Between two metrics cycles, milliseconds; default 10 000. */
  readonly intervalMs?: number;
  /** Longest time for one request, milliseconds; default 8 000. */
  readonly timeoutMs?: number;
}

/** Address and headers for one signal. */
export interface Destination {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const defaultExportIntervalMs = 10_000;
export const defaultExportTimeoutMs = 8_000;

const signals: readonly Signal[] = ["metrics", "traces", "logs"];

/** The destination of each signal that has one. Throws GatewayError `export_invalid` where an address is no http or https URL. */
export function destinations(options: ExportOptions): ReadonlyMap<Signal, Destination> {
  const found = new Map<Signal, Destination>();
  for (const signal of signals) {
    const own = options.endpoints?.[signal];
    const text = own ?? (options.endpoint === undefined ? undefined : `${options.endpoint.replace(/\/+$/, "")}/v1/${signal}`);
    if (text === undefined) continue;
    found.set(signal, { url: checked(text), headers: { ...options.headers, ...options.signalHeaders?.[signal] } });
  }
  return found;
}

function checked(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new GatewayError("export_invalid", `"${text}" is no OTLP/HTTP address to export to: such as http://127.0.0.1:14318`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new GatewayError("export_invalid", "the address to export to holds a password: give it in OTEL_EXPORTER_OTLP_HEADERS");
  }
  return url.href;
}
