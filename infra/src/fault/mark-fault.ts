import type { events } from "@moqscope/telemetry";

const event = "moq.fault" satisfies keyof typeof events;

/** A fault that somebody makes on purpose, for the marks that every board has. */
export interface Fault {
  /** What is broken, in words. */
  readonly fault: string;
  readonly state: "begun" | "over";
}

/**
 * Tells a collector of a fault as a log record, which Loki keeps and boards mark. Throws Error where the collector does not take it.
 *
 * @param otlp - Address of OTLP over HTTP, without `/v1/logs`.
 */
export async function markFault(otlp: string, { fault, state }: Fault, nowMs = Date.now()): Promise<void> {
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const timeUnixNano = `${BigInt(nowMs) * 1_000_000n}`;
  const record = {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    severityNumber: 13,
    severityText: "WARN",
    eventName: event,
    // The line itself has the name: boards look for it there.
    body: { stringValue: `${event} ${state}: ${fault}` },
    attributes: [text("event", event), text("fault", fault), text("state", state)],
  };
  const body = {
    resourceLogs: [{ resource: { attributes: [text("service.name", "moqscope-fault")] }, scopeLogs: [{ logRecords: [record] }] }],
  };
  const url = `${otlp.replace(/\/+$/, "")}/v1/logs`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${(await response.text()).slice(0, 200)}`);
}
