import { type Fields, flag, longText, number, text } from "./fields.ts";
import * as sets from "./sets.ts";

/** Fields every event may carry (tracing.md §4). `message` is the line a person reads; without it the event's description stands there. */
const common = {
  message: text,
  "session.id": text,
  "connection.id": text,
  broadcast: text,
  track: text,
  transport: sets.transport,
  "error.type": text,
  "error.code": number,
  url: text,
  reason: text,
  elapsed_ms: number,
  /** Records of the same kind that were held back since the last one. */
  suppressed: number,
} as const satisfies Fields;

interface EventRecord {
  readonly description: string;
  readonly fields: Fields;
}

/** Log events: name, the sentence shown when no message is given, and the fields each may carry. */
export const events = {
  "moq.ready": {
    description: "Ready",
    fields: {
      ...common,
      admin_url: text,
      ingest_url: text,
      otlp_url: text,
      console_url: text,
      node: text,
      version: text,
      certificate: text,
      options: longText,
      telemetry: text,
    },
  },
  "moq.webtransport": {
    description: "WebTransport listener changed state",
    fields: { ...common, state: text, backend: text, addresses: text },
  },
  "moq.certificate": { description: "Certificate replaced", fields: { ...common, certificate: text, valid_until: text } },
  "moq.setting.ignored": { description: "A setting is ignored", fields: { ...common, variable: text } },
  "moq.config": { description: "Configuration read again", fields: { ...common, state: text, changed: text, restart: text } },
  "moq.worker": { description: "Worker changed state", fields: { ...common, state: text, node: text } },
  "moq.stopping": { description: "Stopping", fields: { ...common, signal: text } },
  "moq.session.opened": {
    description: "Session opened",
    fields: { ...common, peer: sets.peer, version: text, framing: text, direction: text, active: number },
  },
  "moq.session.closed": {
    description: "Session closed",
    fields: { ...common, peer: sets.peer, clean: flag, active: number },
  },
  "moq.connection": {
    description: "Connection changed state",
    fields: { ...common, state: text, attempt: number, retry_in_ms: number },
  },
  "moq.broadcast.active": {
    description: "Broadcast is live",
    fields: { ...common, origin: sets.streamOrigin, hops: number, tracks: number },
  },
  "moq.broadcast.ended": {
    description: "Broadcast ended",
    fields: { ...common, origin: sets.streamOrigin, frames: number, groups: number },
  },
  "moq.subscription": { description: "Subscription changed state", fields: { ...common, state: text, frames: number, groups: number } },
  "moq.auth.rejected": { description: "Credentials rejected", fields: { ...common, cause: sets.authFailureReason } },
  "moq.group.dropped": { description: "Groups dropped", fields: { ...common, cause: sets.groupDropReason } },
  "moq.link.up": { description: "Cluster link is up", fields: { ...common, node: text, direction: text } },
  "moq.link.down": { description: "Cluster link is down", fields: { ...common, node: text, direction: text } },
  "moq.link.failed": { description: "Cluster peer could not be reached", fields: { ...common, node: text } },
  "moq.link.peers": { description: "List of cluster peers changed, or was refused", fields: { ...common, source: text, count: number } },
  "moq.overload": {
    description: "Memory is short, or is not any more",
    fields: { ...common, state: text, used_bytes: number, limit_bytes: number },
  },
  "moq.stats.node": {
    description: "Figures of a foreign relay come, go or cannot be read",
    fields: { ...common, node: text, state: text },
  },
  "moq.error": { description: "Error", fields: { ...common, stage: sets.stage } },
  "moq.fault": { description: "Somebody breaks something on purpose, or mends it", fields: { ...common, fault: text, state: text } },
  "moq.tcp_info.unavailable": {
    description: "The kernel's figures of TCP connections cannot be read; WebSocket sessions go without them",
    fields: common,
  },
  "moq.export.failed": {
    description: "Telemetry export failed",
    fields: { ...common, signal: sets.signal, dropped: number },
  },
  "moq.player.state": { description: "Player changed state", fields: { ...common, state: text, from: text } },
  "moq.player.stall": {
    description: "Playback stalled",
    fields: { ...common, phase: text, cause: sets.stallCause, buffer_s: number, duration_s: number },
  },
  "moq.player.switch": {
    description: "Rendition changed",
    fields: { ...common, direction: sets.switchDirection, trigger: sets.switchTrigger, from: text, to: text },
  },
  "moq.player.error": { description: "Player error", fields: { ...common, fatal: flag, phase: text } },
  "moq.gateway.started": { description: "Gateway started", fields: { ...common, "gateway.id": text, report_interval_ms: number } },
  "moq.gateway.insecure": { description: "Gateway takes reports without a token", fields: common },
  "moq.gateway.session": { description: "Reporting session changed", fields: { ...common, state: text, service: text, active: number } },
  "moq.gateway.resync": { description: "Session asked to resync", fields: { ...common, sequence: number } },
  "moq.gateway.rejected": { description: "Report refused", fields: { ...common, signal: sets.signal, status: number } },
  "moq.gateway.store": {
    description: "Embedded store restored, saved or set aside",
    fields: { ...common, state: text, path: text, series: number },
  },
  "moq.gateway.alert": {
    description: "Alert fires or is over",
    fields: { ...common, alert: text, state: text, severity: text, summary: text, runbook: text },
  },
  "moq.gateway.webhook": { description: "Alert webhook changed state", fields: { ...common, state: text, waiting: number } },
  "moq.gateway.evicted": { description: "Sessions evicted", fields: { ...common, count: number } },
} as const satisfies Record<string, EventRecord>;
