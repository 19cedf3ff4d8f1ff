import { type MetricName, metrics, prometheusName } from "@moqscope/telemetry";
import { notRecorded } from "@moqscope/telemetry/check";

/** Queries that may find nothing in a minute of a healthy system with two viewers, and why; a part of the query tells it. */
const healthy: readonly (readonly [part: RegExp, why: string])[] = [
  [/moq_client_rebuffer_duration/, "nobody stalled"],
  [/moq_gateway_resyncs/, "no session had to begin anew"],
  [/moq_gateway_rejected/, "nothing was refused"],
  [/moq_gateway_clamped/, "nobody reported what cannot be"],
  [/otelcol_receiver_refused|otelcol_exporter_send_failed/, "the collector took and gave on all there was"],
  [/moq_gateway_notifications/, "the gateway of dev tells no webhook"],
  [/moq_gateway_store_/, "the gateway's store is not full and has no file"],
  [/ALERTS/, "no alert fires"],
  [/moq_client_latency|slo_latency/, "the publisher of dev does not say when its pictures were captured"],
  [/process_uptime_seconds\{.*< 60/, "no process began within the last minute"],
  [/status = error/, "no start failed"],
  [/moq\.rebuffer/, "nobody stalled"],
  [/moq\.qlog\.url/, "nobody asked for qlog files"],
  [/duration > 2s/, "no start was slow"],
  [/:(?:rollup|avg)5m|_rollup5m/, "roll-ups are computed every 5 minutes"],
  [/_(?:1d|3d)\b/, "objectives over days are computed every 2 minutes"],
  [/broadcast="other"/, "every broadcast has series of its own"],
  [/moq_client_broadcast_|broadcast:moq_client_/, "without tokens the gateway knows no broadcast of a player"],
  [/moq_publisher_errors/, "no publisher erred"],
  [/moq_relay_errors/, "nothing went wrong"],
  [/moq_relay_goaways/, "nobody was sent away"],
  [/moq_gateway_tokens/, "dev asks for no tokens"],
  [/moq_gateway_overflow/, "nothing had to be folded"],
];
const unrecorded = notRecorded.flatMap(({ why, names }) =>
  names.flatMap((name) => (name in metrics ? [[prometheusName(name, metrics[name as MetricName]), why] as const] : [])),
);

/** Why a query may find nothing, or undefined where it must find something. */
export function emptyBecause(expr: string): string | undefined {
  return healthy.find(([part]) => part.test(expr))?.[1] ?? unrecorded.find(([name]) => expr.includes(name))?.[1];
}
