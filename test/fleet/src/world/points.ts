import { buckets, type MetricRecord, metrics, sets } from "@moqscope/telemetry";

/** How a viewer watches: what its labels say beside those that only the gateway sets. */
export interface Profile {
  readonly transport: string;
  readonly codec: string;
}
export const profiles: readonly Profile[] = ["webtransport", "websocket", "quic"].flatMap((transport) =>
  ["avc", "av1"].map((codec) => ({ transport, codec })),
);

/** One point of a viewer's reports, and where its numbers stand in a ledger: the value, or count, sum and buckets. */
export interface PointSpec {
  readonly name: string;
  readonly labels: (profile: Profile) => Readonly<Record<string, string>>;
  readonly bounds: readonly number[] | undefined;
  readonly offset: number;
}

const points: PointSpec[] = [];
let width = 0;

function point(name: keyof typeof metrics, own: Readonly<Record<string, string>>, more: readonly (keyof Profile)[] = []): PointSpec {
  const record: MetricRecord = metrics[name];
  const bounds = record.instrument === "histogram" ? buckets[record.buckets] : undefined;
  const labels = (profile: Profile): Record<string, string> => ({ ...own, ...Object.fromEntries(more.map((key) => [key, profile[key]])) });
  const spec = { name, labels, bounds, offset: width };
  width += bounds === undefined ? 1 : bounds.length + 3;
  points.push(spec);
  return spec;
}

/** What a viewer of the tests records: every kind of point that a player has. */
export const view = {
  attempts: point("moq.client.play_attempts", { outcome: "started" }, ["transport"]),
  failures: point("moq.client.play_attempts", { outcome: "failed" }, ["transport"]),
  startup: point("moq.client.startup_time", {}, ["transport"]),
  phases: sets.startupPhase.values.map((phase) => point("moq.client.startup_phase", { phase }, ["transport"])),
  firstObject: point("moq.client.subscribe_to_first_object", { media: "video" }, ["transport"]),
  stalls: point("moq.client.rebuffer_count", { cause: "network" }, ["transport"]),
  stallTime: point("moq.client.rebuffer_time", { cause: "network" }, ["transport"]),
  stallLength: point("moq.client.rebuffer_duration", { cause: "network" }, ["transport"]),
  playTime: point("moq.client.play_time", {}, ["transport"]),
  edge: point("moq.client.live_edge_offset", {}, ["transport"]),
  buffer: point("moq.client.buffer_length", { media: "video" }, ["transport"]),
  videoFrames: point("moq.client.frames_received", { media: "video" }, ["transport"]),
  audioFrames: point("moq.client.frames_received", { media: "audio" }, ["transport"]),
  decoded: point("moq.client.frames_decoded", {}, ["codec"]),
  rendered: point("moq.client.frames_rendered", {}, ["codec"]),
  dropped: point("moq.client.frames_dropped", { reason: "deadline" }, ["codec"]),
  groups: point("moq.client.groups", { outcome: "complete", media: "video" }),
  switches: point("moq.client.quality_switches", { direction: "down", trigger: "abr" }, ["transport"]),
  renditionTime: point("moq.client.rendition_time", { rendition: "720" }, ["codec"]),
  bitrate: point("moq.client.bitrate", { media: "video" }),
  bytes: point("moq.client.io", { direction: "received" }, ["transport"]),
  rtt: point("moq.client.rtt", { source: "quic" }, ["transport"]),
  connections: point("moq.client.connections", { result: "ok" }, ["transport"]),
  ended: point("moq.client.sessions_ended", { reason: "quit" }, ["transport"]),
  duration: point("moq.client.session_duration", { reason: "quit" }, ["transport"]),
  errors: point("moq.client.errors", { "error.type": "decode_error", fatal: "false" }),
};

export const allPoints: readonly PointSpec[] = points;
/** Numbers of one viewer's ledger. */
export const ledgerWidth = width;
