import type { AttributesOf } from "@moqscope/telemetry";

export type TransportLabel = AttributesOf<"moq.client.connections">["transport"];

/** The transport as metrics name it. */
export function transportLabel(kind: string): TransportLabel {
  return kind === "webtransport" || kind === "websocket" || kind === "quic" ? kind : "unknown";
}
