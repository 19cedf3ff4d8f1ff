import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/** Where data goes in, and where each signal is read. */
export interface SignalAddresses {
  /** OTLP/HTTP of the collector. */
  readonly otlp: string;
  readonly prometheus: string;
  readonly tempo: string;
  readonly loki: string;
}

const service = "stack-smoke";

/**
 * Writes one metric, one span and one log record into the collector and reads each of them in its store. Gives what was seen; throws an
 * Error that names the signal that did not arrive within `waitMs`.
 */
export async function signalsArrive(at: SignalAddresses, waitMs: number): Promise<readonly string[]> {
  const traceId = randomBytes(16).toString("hex");
  const spanId = randomBytes(8).toString("hex");
  const value = randomBytes(3).readUIntBE(0, 3);
  const now = `${Date.now()}000000`;
  const resource = {
    attributes: [
      { key: "service.name", value: { stringValue: service } },
      { key: "service.instance.id", value: { stringValue: traceId.slice(0, 8) } },
    ],
  };
  const gauge = { name: "stack.smoke", gauge: { dataPoints: [{ timeUnixNano: now, asInt: String(value) }] } };
  const span = { traceId, spanId, name: "stack.smoke", kind: 1, startTimeUnixNano: now, endTimeUnixNano: `${BigInt(now) + 1_000_000n}` };
  const record = { timeUnixNano: now, severityText: "INFO", body: { stringValue: `smoke ${value}` }, traceId, spanId };
  await post(`${at.otlp}/v1/metrics`, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [gauge] }] }] });
  await post(`${at.otlp}/v1/traces`, { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  await post(`${at.otlp}/v1/logs`, { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });

  const query = (path: string, expr: string): string => `${path}?${new URLSearchParams({ query: expr }).toString()}`;
  const until = performance.now() + waitMs;
  await arrives("the metric", until, async () =>
    (await text(query(`${at.prometheus}/api/v1/query`, `stack_smoke{job="${service}"}`))).includes(`"${value}"`),
  );
  await arrives("the span", until, async () => (await text(`${at.tempo}/api/traces/${traceId}`)).includes("stack.smoke"));
  const lines = query(`${at.loki}/loki/api/v1/query_range`, `{service_name="${service}"} | trace_id = "${traceId}"`);
  await arrives("the log record", until, async () => (await text(lines)).includes(`smoke ${value}`));
  return [`a metric in Prometheus (${value})`, `a trace in Tempo (${traceId})`, "a log record in Loki, found by that trace's id"];
}

/** Asks each second. Throws an Error that names what has not come, and what was said last. */
export async function arrives(what: string, until: number, seen: () => Promise<boolean>): Promise<void> {
  let last = "";
  for (;;) {
    try {
      if (await seen()) return;
      last = "not there";
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > until) throw new Error(`${what} has not arrived: ${last}`);
    await sleep(1_000);
  }
}

/** The body of a 2xx. */
export async function text(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${body.slice(0, 200)}`);
  return body;
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
}
