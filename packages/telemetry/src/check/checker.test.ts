import { describe, expect, test } from "vitest";
import { QueryChecker } from "./index.ts";
import { withoutVariables } from "./variables.ts";

const checker = new QueryChecker();
/** Each problem as its rule and the text it points at. */
const found = (query: string, by = checker): string[] => by.check(query).map(({ rule, from, to }) => `${rule}: ${query.slice(from, to)}`);

describe("queries without fault", () => {
  test.each([
    "sum(rate(moq_relay_bytes_sent_total[5m]))",
    'sum by (region) (rate(moq_client_rebuffer_time_seconds_total{cause!="publisher"}[5m]))',
    "histogram_quantile(0.95, sum by (le, region, transport) (rate(moq_client_startup_time_seconds_bucket[5m])))",
    'sum(rate(moq_client_startup_time_seconds_bucket{le=~"2(\\\\.0)?"}[5m])) / sum(rate(moq_client_startup_time_seconds_count[5m]))',
    'sum(rate(moq_client_startup_time_seconds_bucket{le="+Inf"}[5m]))',
    'sum(rate(moq_client_startup_time_seconds_bucket{le="0.5"}[5m]))',
    "sum(rate(moq_client_frames_dropped_total{reason!=\"hidden\",codec!~'aac|opus|pcm'}[5m]))",
    'sum(moq_relay_active_subscribers{peer="client"}) / (sum(moq_relay_active_streams{origin="local"}) > 0)',
    "8 * sum by (cloud_region) (rate(moq_relay_bytes_sent_total[5m] offset 1h))",
    "absent(moq_gateway_reports_total) or absent_over_time(moq_relay_connections_total[10m])",
    "count by (instance) (moq_relay_bytes_sent_total)",
    "max_over_time(moq_relay_link_up[10m]) unless on (instance) moq_relay_bytes_sent_total",
    'label_join(sum by (instance, peer_node) (rate(moq_relay_link_io_bytes_total{direction="received"}[5m])), "id", ">", "peer_node", "instance")',
    'label_replace(process_uptime_seconds, "node", "$1", "instance", "(.*)") * on (node) group_left () label_replace(process_uptime_seconds, "node", "$1", "instance", "(.*)")',
    "topk(5, sum by (broadcast) (moq_relay_broadcast_subscribers))",
    "max_over_time(sum(rate(moq_relay_bytes_sent_total[5m]))[1h:1m])",
    '{__name__="moq_relay_link_up", peer_node="ams-1"}',
    '{"moq_relay_link_up", "peer_node"="ams-1"}',
    'moq_gateway_active_sessions{job="moq-gateway",state=~"play.*"}',
    'moq_gateway_active_sessions{state=""}',
    "time() - process_uptime_seconds > bool 60",
    "resets(moq_relay_bytes_sent_total[1h]) > 0",
  ])("%s", (query) => {
    expect(checker.check(query)).toEqual([]);
  });
});

describe("what the registry does not hold", () => {
  test("a metric, with the one that was likely meant", () => {
    const query = "sum(rate(moq_relay_byte_sent_total[5m]))";
    expect(checker.check(query)).toEqual([
      { rule: "unknown-metric", from: 9, to: 34, message: "no series moq_relay_byte_sent_total; did you mean moq_relay_bytes_sent_total?" },
    ]);
    expect(found("moq_client_startup_time_seconds")).toEqual(["unknown-metric: moq_client_startup_time_seconds"]);
    expect(found("rate(moq_client_latency_bucket[5m])")).toEqual(["unknown-metric: moq_client_latency_bucket"]);
  });
  test.each([
    ["sum by (regoin) (rate(moq_client_play_time_seconds_total[5m]))", ["unknown-label: regoin"]],
    ["sum by (peer) (rate(moq_client_play_time_seconds_total[5m]))", ["unknown-label: peer"]],
    ["sum without (session_id) (rate(moq_client_play_time_seconds_total[5m]))", ["unknown-label: session_id"]],
    ['rate(moq_relay_errors_total{error.type="internal"}[5m])', ["syntax: ."]],
    ['rate(moq_relay_errors_total{errortype="internal"}[5m])', ['unknown-label: errortype="internal"']],
    ["sum by (transport) (sum by (peer) (rate(moq_relay_bytes_sent_total[5m])))", ["unknown-label: transport"]],
    [
      "sum by (transport) (moq_relay_link_up) / on (transport) sum by (peer_node) (moq_relay_link_up)",
      ["unknown-label: transport", "unknown-label: transport"],
    ],
    [
      'label_replace(moq_relay_link_up, "a", "$1", "peer", "(.*)")',
      ['unknown-label: label_replace(moq_relay_link_up, "a", "$1", "peer", "(.*)")'],
    ],
    ["moq_relay_link_up * on (instance) group_left (peer) process_uptime_seconds", ["unknown-label: peer"]],
    ['rate(moq_client_latency_seconds_sum{le="0.5"}[5m])', ['unknown-label: le="0.5"']],
  ])("a label: %s", (query, problems) => {
    expect(found(query)).toEqual(problems);
  });
  test.each([
    ['rate(moq_client_play_attempts_total{outcome="begun"}[5m])', ['unknown-value: outcome="begun"']],
    ['rate(moq_client_play_attempts_total{outcome=~"started|begun"}[5m])', ['unknown-value: outcome=~"started|begun"']],
    ['rate(moq_client_play_attempts_total{outcome=~"x.+"}[5m])', ['unknown-value: outcome=~"x.+"']],
    ['rate(moq_client_frames_received_total{codec!="aac"}[5m])', ['unknown-label: codec!="aac"']],
    ['moq_relay_link_up{job="moq-gateway"}', ['unknown-value: job="moq-gateway"']],
    ['rate(moq_client_startup_time_seconds_bucket{le="0.6"}[5m])', ['unknown-value: le="0.6"']],
    ['rate(moq_client_startup_time_seconds_bucket{le=~"7(\\\\.0)?"}[5m])', ['unknown-value: le=~"7(\\\\.0)?"']],
  ])("a value: %s", (query, problems) => {
    expect(found(query)).toEqual(problems);
  });
});

describe("queries that lie", () => {
  test.each([
    ['rate(moq_client_startup_time_seconds_bucket{le="2"}[5m])', ['le-integer: le="2"']],
    ['rate(moq_client_startup_time_seconds_bucket{le="2.0"}[5m])', ['le-integer: le="2.0"']],
    ['rate(moq_client_startup_time_seconds_bucket{le=~"1|2"}[5m])', ['le-integer: le=~"1|2"']],
    ['rate(moq_client_startup_time_seconds_bucket{le="7"}[5m])', ['le-integer: le="7"']],
    ["sum(moq_relay_link_up) or vector(0)", ["vector-zero: vector(0)"]],
    ["sum(moq_relay_link_up) or (vector(0))", ["vector-zero: (vector(0))"]],
    [
      "rate(moq_relay_bytes_sent_total[5m]) / clamp_min(rate(moq_relay_bytes_received_total[5m]), 1)",
      ["clamp-min: clamp_min(rate(moq_relay_bytes_received_total[5m]), 1)"],
    ],
    ["rate(moq_relay_active_connections[5m])", ["rate-of-gauge: moq_relay_active_connections"]],
    ["increase(moq_gateway_last_export_age_seconds[5m])", ["rate-of-gauge: moq_gateway_last_export_age_seconds"]],
    ["sum(moq_relay_bytes_sent_total)", ["counter-value: moq_relay_bytes_sent_total"]],
    ["moq_relay_bytes_sent_total > 0", ["counter-value: moq_relay_bytes_sent_total"]],
    ["delta(moq_relay_bytes_sent_total[5m])", ["counter-value: moq_relay_bytes_sent_total"]],
    ["rate(sum(moq_relay_bytes_sent_total)[5m:])", ["counter-value: moq_relay_bytes_sent_total"]],
    ["moq_relay_bytes_sent_total offset 5m", ["counter-value: moq_relay_bytes_sent_total"]],
    ["histogram_quantile(0.9, sum by (le) (moq_client_latency_seconds_bucket))", ["counter-value: moq_client_latency_seconds_bucket"]],
    [
      "histogram_quantile(0.9, sum by (region) (rate(moq_client_latency_seconds_bucket[5m])))",
      ["quantile-without-le: histogram_quantile(0.9, sum by (region) (rate(moq_client_latency_seconds_bucket[5m])))"],
    ],
    ['{job="moq-relay"}', ['unnamed: {job="moq-relay"}']],
    ["sum(rate(moq_relay_bytes_sent_total[5m])", ["syntax: "]],
    ["sum(rate(moq_relay_bytes_sent_total[$__rate_interval]))", ["syntax: $"]],
    ["", ["syntax: "]],
  ])("%s", (query, problems) => {
    expect(found(query)).toEqual(problems);
  });
  test("all are found, in the order of the text", () => {
    const query = 'rate(moq_relay_link_up[5m]) / sum(moq_relay_bytes_sent_total{peer="x"}) or vector(0)';
    expect(found(query)).toEqual([
      "rate-of-gauge: moq_relay_link_up",
      "counter-value: moq_relay_bytes_sent_total",
      'unknown-value: peer="x"',
      "vector-zero: vector(0)",
    ]);
  });
});

describe("series of others", () => {
  const wide = new QueryChecker({
    thirdParty: { otelcol_exporter_queue_size: { type: "gauge", labels: ["exporter"] }, up: { type: "any" } },
    recorded: [
      { record: "region:moq_client_startup:rate5m", expr: "sum by (region) (rate(moq_client_startup_time_seconds_count[5m]))" },
      { record: "moq:client_startup:rate5m", expr: "sum(region:moq_client_startup:rate5m)" },
    ],
  });
  test("may be used with the labels that are told of them, and with any where nobody knows", () => {
    expect(found('max(otelcol_exporter_queue_size{exporter="otlp"}) > 5 and up{anything="x"} == 1', wide)).toEqual([]);
    expect(found("sum by (queue) (otelcol_exporter_queue_size)", wide)).toEqual(["unknown-label: queue"]);
  });
  test("recorded ones have the labels of their expression and no rate", () => {
    expect(found('region:moq_client_startup:rate5m{region="europe"} / on () group_left () moq:client_startup:rate5m', wide)).toEqual([]);
    expect(found('region:moq_client_startup:rate5m{region="atlantis"}', wide)).toEqual(['unknown-value: region="atlantis"']);
    expect(found("sum by (transport) (region:moq_client_startup:rate5m)", wide)).toEqual(["unknown-label: transport"]);
    expect(found("rate(moq:client_startup:rate5m[5m])", wide)).toEqual(["rate-of-gauge: moq:client_startup:rate5m"]);
  });
  test("seriesIn names what a query reads", () => {
    expect(wide.seriesIn("up / sum(rate(moq_relay_bytes_sent_total[5m])) or up")).toEqual(["up", "moq_relay_bytes_sent_total"]);
  });
});

describe("variables of Grafana", () => {
  test("outside strings become durations of the same length; inside they stay and are not judged", () => {
    const query = 'sum by (region) (rate(moq_client_play_time_seconds_total{job="$job",region=~"${region:regex}"}[$__rate_interval]))';
    const replaced = withoutVariables(query);
    expect(replaced).toHaveLength(query.length);
    expect(checker.check(replaced)).toEqual([]);
    expect(found(withoutVariables("topk($n, rate(moq_relay_link_up[$__range]))")).map((each) => each.slice(0, 13))).toEqual([
      "rate-of-gauge",
    ]);
  });
});
