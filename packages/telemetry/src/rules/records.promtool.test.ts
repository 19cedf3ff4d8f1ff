import { afterAll, beforeAll, beforeEach, describe, test } from "vitest";
import { noPromtool, promtoolPath } from "../../../../scripts/foreign/promtool.ts";
import { Promtool } from "../../scripts/promtool.ts";
import { feels, grows, type Sample, stands } from "./fixtures/sample.ts";
import { recordingRules, renderPrometheusRules } from "./index.ts";

const path = promtoolPath();
const rules = new Map(recordingRules.flatMap((group) => group.rules).map((rule) => [rule.record, rule]));
type Expected = Readonly<Record<string, number>>;

/** Ten minutes of samples, and what some records say at their end: labels → value. */
interface World {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly records: Readonly<Record<string, Expected>>;
}

const quic = { transport: "webtransport", source: "quic" } as const;
const tcp = { transport: "websocket", source: "tcp_info" } as const;
const attempt = { transport: "websocket" } as const;
const client = { transport: "websocket", peer: "client" } as const;
const lost = "moq:relay_packet_loss:ratio_rate5m";
const lostOfRegion = "cloud_region:moq_relay_packet_loss:ratio_rate5m";

const worlds: readonly World[] = [
  {
    name: "the loss of a relay is lost over sent of one source, over all its transports; a region weighs its relays by their packets",
    samples: [
      grows("moq.relay.packets_sent", quic, 6000),
      grows("moq.relay.packets_lost", quic, 1500),
      grows("moq.relay.packets_sent", { ...quic, transport: "quic" }, 2000),
      grows("moq.relay.packets_lost", { ...quic, transport: "quic" }, 500),
      grows("moq.relay.packets_sent", tcp, 1000),
      grows("moq.relay.packets_lost", tcp, 0),
      grows("moq.relay.packets_sent", { ...quic, instance: "fra-1" }, 2000),
      grows("moq.relay.packets_lost", { ...quic, instance: "fra-1" }, 0),
      grows("moq.relay.packets_sent", { ...quic, instance: "idle" }, 0),
      grows("moq.relay.packets_lost", { ...quic, instance: "idle" }, 0),
      grows("moq.relay.packets_sent", { ...quic, source: "getstats", instance: "silent" }, 600),
    ],
    records: {
      [lost]: {
        '{instance="ams-1",cloud_region="eu",source="quic"}': 0.25,
        '{instance="ams-1",cloud_region="eu",source="tcp_info"}': 0,
        '{instance="fra-1",cloud_region="eu",source="quic"}': 0,
      },
      [lostOfRegion]: { '{cloud_region="eu",source="quic"}': 0.2, '{cloud_region="eu",source="tcp_info"}': 0 },
    },
  },
  {
    name: "attempts: those that failed count, those that the viewer left do not; a region is itself",
    samples: [
      grows("moq.client.play_attempts", { ...attempt, region: "europe", outcome: "started" }, 90),
      grows("moq.client.play_attempts", { ...attempt, region: "europe", outcome: "failed" }, 10),
      grows("moq.client.play_attempts", { ...attempt, region: "latam", outcome: "started" }, 60),
      grows("moq.client.play_attempts", { ...attempt, region: "latam", outcome: "failed" }, 40),
      grows("moq.client.play_attempts", { ...attempt, region: "latam", outcome: "exited" }, 50),
      grows("moq.client.broadcast.play_attempts", { broadcast: "show", outcome: "started" }, 50),
      grows("moq.client.broadcast.play_attempts", { broadcast: "show", outcome: "failed" }, 50),
    ],
    records: {
      "moq:client_join_success:ratio_rate5m": { "": 0.75 },
      "region:moq_client_join_success:ratio_rate5m": { '{region="europe"}': 0.9, '{region="latam"}': 0.6 },
      "moq:client_exit_before_start:ratio_rate5m": { "": 0.2 },
      "broadcast:moq_client_join_success:ratio_rate5m": { '{broadcast="show"}': 0.5 },
      "moq:slo_join:error_ratio_5m": { "": 0.25 },
      "moq:slo_join:events_1h": { "": 2000 },
      "moq:slo_join:bad_events_rollup5m": { "": 250 },
      "moq:slo_join:events_rollup5m": { "": 1000 },
      "region:moq_client_play_attempts:rollup5m": {
        '{region="europe",outcome="started"}': 450,
        '{region="europe",outcome="failed"}': 50,
        '{region="latam",outcome="started"}': 300,
        '{region="latam",outcome="failed"}': 200,
        '{region="latam",outcome="exited"}': 250,
      },
    },
  },
  {
    name: "stalls: the publisher's are not counted but for a broadcast",
    samples: [
      grows("moq.client.rebuffer_time", { ...attempt, region: "europe", cause: "network" }, 1),
      grows("moq.client.rebuffer_time", { ...attempt, region: "europe", cause: "publisher" }, 100),
      grows("moq.client.play_time", { ...attempt, region: "europe", device: "tv" }, 199),
      grows("moq.client.broadcast.rebuffer_time", { broadcast: "show" }, 100),
      grows("moq.client.broadcast.play_time", { broadcast: "show" }, 100),
    ],
    records: {
      "moq:client_rebuffer:ratio_rate5m": { "": 0.005 },
      "region:moq_client_rebuffer:ratio_rate5m": { '{region="europe"}': 0.005 },
      "broadcast:moq_client_rebuffer:ratio_rate5m": { '{broadcast="show"}': 0.5 },
      "moq:slo_rebuffer:error_ratio_1h": { "": 0.005 },
      "moq:slo_rebuffer:events_1h": { "": 2000 },
    },
  },
  {
    name: "starts: the share within 2 s, and the quantile by region and transport",
    samples: [
      ...feels("moq.client.startup_time", { ...attempt, region: "europe", browser: "chrome" }, 1.2, 90),
      ...feels("moq.client.startup_time", { ...attempt, region: "europe", browser: "safari" }, 5, 10),
    ],
    records: {
      "moq:client_startup_fast:ratio_rate5m": { "": 0.9 },
      "region:moq_client_startup_fast:ratio_rate5m": { '{region="europe"}': 0.9 },
      // 95 of 100: half of the way through the bucket from 4 to 6
      "region_transport:moq_client_startup_p95:5m": { '{region="europe",transport="websocket"}': 5 },
      "moq:slo_startup:error_ratio_30m": { "": 0.1 },
    },
  },
  {
    name: "relays: links are not counted as viewers or publishers",
    samples: [
      grows("moq.relay.bytes_sent", client, 6e6),
      grows("moq.relay.bytes_sent", { ...client, peer: "relay" }, 6e6),
      grows("moq.relay.bytes_received", { ...client, peer: "publisher" }, 1e6),
      grows("moq.relay.bytes_received", { ...client, peer: "relay" }, 2e6),
      stands("moq.relay.active_subscribers", client, 12),
      stands("moq.relay.active_subscribers", { ...client, peer: "relay" }, 3),
      stands("moq.relay.active_streams", { origin: "local" }, 2),
      stands("moq.relay.active_streams", { origin: "remote" }, 7),
      stands("moq.relay.upstream_subscriptions", {}, 4),
      stands("moq.relay.active_subscriptions", { peer: "client" }, 16),
      grows("moq.relay.cache_hits", {}, 3),
      grows("moq.relay.cache_misses", {}, 1),
    ],
    records: {
      "moq:relay_amplification:ratio_rate5m": { "": 6 },
      "instance:moq_relay_amplification:ratio_rate5m": { '{instance="ams-1"}': 4 },
      "moq:relay_fanout:ratio": { "": 6 },
      "moq:relay_dedup_saving:ratio": { "": 0.75 },
      "moq:relay_cache_hit:ratio_rate5m": { "": 0.75 },
      "cloud_region:moq_relay_viewers:sum": { '{cloud_region="eu"}': 12 },
      "cloud_region:moq_relay_egress_bits:rate5m": { '{cloud_region="eu"}': 800_000 },
      "instance:moq_relay_viewers:avg5m": { '{instance="ams-1",cloud_region="eu"}': 12 },
    },
  },
  {
    name: "the share of WebSocket counts settled connections only",
    samples: [
      grows("moq.client.connections", { transport: "webtransport", result: "ok" }, 60),
      grows("moq.client.connections", { transport: "webtransport", result: "timeout" }, 60),
      grows("moq.client.connections", { transport: "websocket", result: "ok" }, 20),
    ],
    records: { "moq:client_websocket_share:ratio_rate5m": { "": 0.25 } },
  },
  {
    name: "without traffic there is no ratio at all",
    samples: [
      grows("moq.relay.bytes_sent", client, 0),
      grows("moq.relay.bytes_received", { ...client, peer: "publisher" }, 0),
      grows("moq.client.play_attempts", { ...attempt, region: "europe", outcome: "started" }, 0),
      grows("moq.client.play_attempts", { ...attempt, region: "europe", outcome: "failed" }, 0),
      grows("moq.relay.packets_sent", quic, 0),
      grows("moq.relay.packets_lost", quic, 0),
      ...feels("moq.client.startup_time", { ...attempt, region: "europe", browser: "chrome" }, 1, 0),
    ],
    records: {
      "moq:relay_amplification:ratio_rate5m": {},
      "moq:client_join_success:ratio_rate5m": {},
      "moq:slo_join:error_ratio_1h": {},
      "moq:slo_startup:error_ratio_1h": {},
      "moq:client_startup_fast:ratio_rate5m": {},
      [lost]: {},
      [lostOfRegion]: {},
    },
  },
];

describe("recording rules by promtool", () => {
  let promtool: Promtool;
  beforeEach(({ skip }) => {
    if (path === undefined) skip(noPromtool);
  });
  beforeAll(() => {
    promtool = new Promtool(path ?? "promtool");
  });
  afterAll(() => promtool.close());

  test.each(worlds.map((world) => [world.name, world] as const))("%s", (_name, { samples, records }) => {
    const asked = Object.keys(records).map((record) => {
      const rule = rules.get(record);
      if (rule === undefined) throw new Error(`there is no rule ${record}`);
      return rule;
    });
    const expected = Object.entries(records).map(([record, values]) => ({
      // the last bit of a quotient is not what is tested
      expr: `round(${record}, 0.000001)`,
      eval_time: "10m",
      exp_samples: Object.entries(values).map(([labels, value]) => ({ labels: labels === "" ? "{}" : labels, value })),
    }));
    promtool.test({
      name: "records",
      rules: renderPrometheusRules([{ name: "records", intervalSeconds: 30, rules: asked }]),
      tests: [
        {
          interval: "1m",
          input_series: samples.map(({ series, level, perMinute = 0 }) => ({
            series,
            values: level === undefined ? `0+${perMinute}x10` : `${level}+0x10`,
          })),
          promql_expr_test: expected,
        },
      ],
      evaluationInterval: "1m",
    });
  });
});
