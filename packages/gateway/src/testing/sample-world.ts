import type { History } from "../tsdb/history.ts";
import { HistoryStore } from "../tsdb/history-store.ts";
import { Labels, nameLabel } from "../tsdb/labels.ts";
import type { WriteSeries } from "./remote-write.ts";

/** The newest moment of the world, a multiple of a minute. */
export const worldEndMs = 1_760_000_040_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Numbers that look random and are the same each time. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  /** From 0 to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}

type Dimensions = Readonly<Record<string, readonly string[]>>;
/** Series of one name. */
export interface Family {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly labels: Dimensions;
}

const relay = { job: ["moq-relay"], instance: ["ams-1", "nyc-1"] } satisfies Dimensions;
const player: Dimensions = { job: ["moq-player"], instance: ["gateway"] };
const gateway: Dimensions = { job: ["moq-gateway"], instance: ["gateway", "spare"] };

/** Series that are in every world. */
export const families: readonly Family[] = [
  {
    name: "moq_client_play_attempts_total",
    kind: "counter",
    labels: { ...player, outcome: ["started", "failed", "exited"], region: ["europe", "latam"] },
  },
  {
    name: "moq_client_rebuffer_time_seconds_total",
    kind: "counter",
    labels: { ...player, cause: ["network", "publisher"], region: ["europe", "latam"] },
  },
  { name: "moq_client_play_time_seconds_total", kind: "counter", labels: { ...player, region: ["europe", "latam"] } },
  {
    name: "moq_client_startup_time_seconds",
    kind: "histogram",
    labels: { ...player, region: ["europe", "latam"], transport: ["websocket"] },
  },
  { name: "moq_client_latency_seconds", kind: "histogram", labels: { ...player, region: ["europe"] } },
  {
    name: "moq_client_frames_dropped_total",
    kind: "counter",
    labels: { ...player, reason: ["deadline", "hidden"], codec: ["avc", "opus"] },
  },
  { name: "moq_client_frames_received_total", kind: "counter", labels: { ...player, media: ["audio", "video"] } },
  {
    name: "moq_client_connections_total",
    kind: "counter",
    labels: { ...player, transport: ["websocket", "webtransport"], result: ["ok", "timeout"] },
  },
  { name: "moq_client_clock_uncertainty_seconds", kind: "histogram", labels: player },
  {
    name: "moq_client_broadcast_play_attempts_total",
    kind: "counter",
    labels: { ...player, broadcast: ["a", "other"], outcome: ["started", "failed"] },
  },
  { name: "moq_client_broadcast_rebuffer_time_seconds_total", kind: "counter", labels: { ...player, broadcast: ["a", "other"] } },
  { name: "moq_client_broadcast_play_time_seconds_total", kind: "counter", labels: { ...player, broadcast: ["a", "other"] } },
  { name: "moq_client_country_sessions", kind: "gauge", labels: { ...player, country: ["NL", "BR", "ZZ"] } },
  { name: "moq_relay_forward_time_seconds", kind: "histogram", labels: { ...relay, peer: ["client"] } },
  { name: "moq_relay_bytes_sent_total", kind: "counter", labels: { ...relay, peer: ["client", "relay"], cloud_region: ["eu"] } },
  { name: "moq_relay_bytes_received_total", kind: "counter", labels: { ...relay, peer: ["publisher", "relay"], cloud_region: ["eu"] } },
  { name: "moq_relay_active_subscribers", kind: "gauge", labels: { ...relay, peer: ["client", "relay"], cloud_region: ["eu"] } },
  { name: "moq_relay_active_streams", kind: "gauge", labels: { ...relay, origin: ["local", "remote"] } },
  { name: "moq_relay_active_subscriptions", kind: "gauge", labels: { ...relay, peer: ["client"] } },
  { name: "moq_relay_upstream_subscriptions", kind: "gauge", labels: relay },
  { name: "moq_relay_cache_hits_total", kind: "counter", labels: relay },
  { name: "moq_relay_cache_misses_total", kind: "counter", labels: relay },
  { name: "moq_relay_packets_lost_total", kind: "counter", labels: { ...relay, source: ["quic", "tcp_info"], cloud_region: ["eu"] } },
  { name: "moq_relay_packets_sent_total", kind: "counter", labels: { ...relay, source: ["quic", "tcp_info"], cloud_region: ["eu"] } },
  { name: "moq_relay_connections_total", kind: "counter", labels: { ...relay, result: ["accepted", "unauthorized", "overload"] } },
  { name: "moq_relay_auth_failures_total", kind: "counter", labels: { ...relay, reason: ["expired"] } },
  { name: "moq_relay_errors_total", kind: "counter", labels: { ...relay, error_type: ["timeout", "internal"] } },
  { name: "moq_relay_groups_dropped_total", kind: "counter", labels: { ...relay, reason: ["expired", "reset_by_peer", "priority"] } },
  { name: "moq_relay_groups_sent_total", kind: "counter", labels: relay },
  { name: "moq_relay_send_buffer_bytes", kind: "gauge", labels: relay },
  { name: "moq_relay_link_io_bytes_total", kind: "counter", labels: { ...relay, direction: ["received"], peer_node: ["fra-1"] } },
  { name: "moq_relay_link_up", kind: "gauge", labels: { ...relay, peer_node: ["fra-1"] } },
  {
    name: "moq_relay_broadcast_subscribers",
    kind: "gauge",
    labels: { ...relay, peer: ["client"], broadcast: ["broadcast-a", "broadcast-b", "other"] },
  },
  { name: "process_uptime_seconds", kind: "gauge", labels: { ...relay, job: ["moq-relay", "moq-gateway"] } },
  { name: "process_cpu_time_seconds_total", kind: "counter", labels: { ...relay, cpu_mode: ["user", "system"] } },
  {
    name: "moq_publisher_frames_dropped_total",
    kind: "counter",
    labels: { job: ["moq-publisher"], reason: ["congestion", "capture_gap"] },
  },
  { name: "moq_publisher_frames_captured_total", kind: "counter", labels: { job: ["moq-publisher"] } },
  { name: "moq_gateway_active_sessions", kind: "gauge", labels: { ...gateway, state: ["playing", "paused", "waiting"] } },
  { name: "moq_gateway_reports_total", kind: "counter", labels: { ...gateway, signal: ["metrics", "traces"] } },
  { name: "moq_gateway_rejected_total", kind: "counter", labels: { ...gateway, reason: ["malformed"] } },
  { name: "moq_gateway_resyncs_total", kind: "counter", labels: { ...gateway, reason: ["moved"] } },
  { name: "moq_gateway_last_export_age_seconds", kind: "gauge", labels: { ...gateway, signal: ["metrics"] } },
  { name: "moq_gateway_overflow_total", kind: "counter", labels: gateway },
  { name: "moq_client_startup_phase_time_seconds", kind: "histogram", labels: { ...player, phase: ["connect", "render"] } },
  { name: "moq_client_buffer_length_seconds", kind: "histogram", labels: player },
  { name: "moq_client_errors_total", kind: "counter", labels: { ...player, error_type: ["timeout", "decode_error"] } },
  { name: "moq_client_freezes_total", kind: "counter", labels: player },
  { name: "moq_client_quality_switches_total", kind: "counter", labels: { ...player, direction: ["up", "down"], trigger: ["abr"] } },
  { name: "moq_relay_rtt_seconds", kind: "histogram", labels: { ...relay, source: ["quic"] } },
  { name: "moq_process_event_loop_delay_seconds", kind: "histogram", labels: relay },
  { name: "prometheus_rule_evaluation_failures_total", kind: "counter", labels: { job: ["prometheus"], rule_group: ["moq-viewers"] } },
  {
    name: "moq:relay_packet_loss:ratio_rate5m",
    kind: "gauge",
    labels: { instance: relay.instance, source: ["quic", "tcp_info"], cloud_region: ["eu"] },
  },
  { name: "moq:client_websocket_share:ratio_rate5m", kind: "gauge", labels: {} },
  { name: "moq:slo_join:error_ratio_5m", kind: "gauge", labels: {} },
];

/** Names of the world's metrics, for generated queries. */
export const worldCounters = families.filter(({ kind }) => kind === "counter").map(({ name }) => name);
export const worldGauges = families.filter(({ kind }) => kind === "gauge").map(({ name }) => name);
export const worldHistograms = families.filter(({ kind }) => kind === "histogram").map(({ name }) => name);
export const worldLabels = ["instance", "peer", "region", "outcome", "reason", "source", "le", "job"];

const bounds = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];

/** When samples are taken: each minute of a day, every 10 s of the last two hours, every second of the last quarter. */
function sampleTimes(): number[] {
  const times: number[] = [];
  const until = (endMs: number, stepMs: number, fromMs: number): void => {
    for (let atMs = fromMs; atMs < endMs; atMs += stepMs) times.push(atMs);
  };
  until(worldEndMs - 2 * hourMs, 60_000, worldEndMs - dayMs + 120_000);
  until(worldEndMs - 900_000, 10_000, worldEndMs - 2 * hourMs);
  until(worldEndMs + 1, 1000, worldEndMs - 900_000);
  return times;
}

/** A store with everything that a query can meet: growth, rest, restarts, pauses, late births, ends and returns. */
export function sampleWorld(more: readonly Family[] = [], seed = 7): HistoryStore {
  const store = new HistoryStore({ memoryBytes: 1e9, series: 10_000 });
  const dice = new Dice(seed);
  const times = sampleTimes();
  for (const family of [...families, ...more]) {
    for (const labels of labelSets(family.labels)) live(store, family, { labels, dice, times });
  }
  return store;
}

function labelSets(dimensions: Dimensions): Record<string, string>[] {
  let sets: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(dimensions)) sets = sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value })));
  return sets;
}

/** Writes the life of one series, or of the series of one histogram. */
function live(
  store: HistoryStore,
  family: Family,
  { labels, dice, times }: { labels: Record<string, string>; dice: Dice; times: readonly number[] },
): void {
  const targets = targetsOf(store, family, labels);
  const state = { row: new Float64Array(family.kind === "histogram" ? bounds.length + 1 : 1), sum: 0 };
  let silentUntilMs = dice.next() < 0.15 ? worldEndMs - dice.below(4 * hourMs) : 0;
  const isResting = dice.next() < 0.1;
  for (const atMs of times) {
    if (atMs < silentUntilMs) continue;
    const chance = dice.next();
    if (chance < 0.001) {
      silentUntilMs = atMs + 30_000 + dice.below(1_500_000);
      if (dice.next() < 0.5) for (const target of targets) target.end(atMs);
      continue;
    }
    if (chance < 0.0015) {
      state.row.fill(0);
      state.sum = 0;
    }
    const grown = isResting ? 0 : dice.below(40);
    const values = grow[family.kind](state, grown, dice);
    for (const [index, target] of targets.entries()) target.write(atMs, values[index] ?? 0);
  }
}

function targetsOf(store: HistoryStore, { name, kind }: Family, labels: Record<string, string>): History[] {
  const open = (suffix: string, more: Record<string, string> = {}): History => {
    const made = store.open(Labels.of({ ...labels, ...more, [nameLabel]: name + suffix }));
    if (made === undefined) throw new Error("the world has no room");
    return made;
  };
  if (kind !== "histogram") return [open("")];
  const buckets = [...bounds.map(String), "+Inf"].map((le) => open("_bucket", { le }));
  return [...buckets, open("_count"), open("_sum")];
}

interface State {
  readonly row: Float64Array;
  sum: number;
}

/** What happens to a series of each kind between two samples. */
const grow: Readonly<Record<Family["kind"], (state: State, grown: number, dice: Dice) => ArrayLike<number>>> = {
  gauge({ row }, _grown, dice) {
    if (dice.next() >= 0.7) row[0] = (dice.below(2000) - 200) / 8;
    return row;
  },
  counter({ row }, grown, dice) {
    row[0] = (row[0] ?? 0) + (dice.next() < 0.5 ? grown : grown / 7);
    return row;
  },
  histogram(state, grown, dice) {
    const { row } = state;
    for (let seen = 0; seen < grown; seen++) {
      const bucket = Math.min(row.length - 1, Math.floor((dice.next() + dice.next()) * row.length * 0.6));
      row[bucket] = (row[bucket] ?? 0) + 1;
      state.sum += (bounds[bucket] ?? 20) * 0.7;
    }
    return cumulative(row, state.sum);
  },
};

function cumulative(row: Float64Array, sum: number): number[] {
  let below = 0;
  const counts = [...row].map((count) => (below += count));
  return [...counts, below, sum];
}

/** What a store holds, in pieces that follow each other in time. */
export function* samplesOf(store: HistoryStore, pieceMs = hourMs): Generator<WriteSeries[]> {
  const from = worldEndMs - dayMs - pieceMs;
  for (let startMs = from; startMs < worldEndMs + pieceMs; startMs += pieceMs) {
    const piece: WriteSeries[] = [];
    for (const series of store.all()) {
      const list = series.read(startMs, startMs + pieceMs);
      if (list.size === 0) continue;
      const samples = Array.from({ length: list.size }, (_, at): [number, number] => [list.times[at] ?? 0, list.values[at] ?? 0]);
      piece.push({ labels: series.labels.pairs(), samples });
    }
    if (piece.length > 0) yield piece;
  }
}
