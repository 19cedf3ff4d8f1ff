import { create, toBinary } from "@bufbuild/protobuf";
import { metricRecord } from "@moqscope/telemetry";
import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import { describe, expect, test } from "vitest";
import { ExportMetricsServiceResponseSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import type { Signal } from "../otlp/answer.ts";
import { metricsFromProto } from "../otlp/proto.ts";
import { Collector, pointsOf } from "../testing/collector.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { request as oneResource } from "../testing/otlp-json.ts";
import type { ExportOptions } from "./destination.ts";
import { Exporter } from "./exporter.ts";
import { fromOtlpJson } from "./from-json.ts";
import type { SeriesView } from "./series-view.ts";

const attempts = "moq.client.play_attempts";
const startup = "moq.client.startup_time";

/** An exporter with series that the test sets, and what it counted and told. */
class Rig {
  readonly clock = new FakeClock();
  readonly bornMs = this.clock.now();
  readonly counts: Record<string, number> = {};
  readonly problems: string[] = [];
  series: SeriesView[] = [];
  readonly exporter: Exporter;

  constructor(options: ExportOptions) {
    const count = (what: string, by: number): void => void (this.counts[what] = (this.counts[what] ?? 0) + by);
    this.exporter = new Exporter({
      options: { timeoutMs: 2_000, ...options },
      instance: "g1",
      cloudRegion: "eu",
      meter: {
        exported: (signal: Signal, result, by = 1) => count(`${signal} ${result}`, by),
        exportTime: (signal) => count(`${signal} timed`, 1),
        exportProblem: (signal, message) => void this.problems.push(`${signal}: ${message}`),
        exemplars: (by) => count("exemplars", by),
      },
      services: () => [{ service: "moq-player", series: this.series }],
      now: () => this.clock.now(),
      random: () => 0.5,
    });
  }

  /** Moves on second by second, each with its answer. */
  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) {
      this.clock.advance(1000);
      this.exporter.tick(this.clock.now());
      await this.exporter.idle();
    }
  }
}

function counter(value: number, startMs: number, labels: Readonly<Record<string, string>> = { outcome: "started" }): SeriesView {
  const record = metricRecord(attempts);
  if (record === undefined) throw new Error("no such metric");
  const key = `${attempts} ${JSON.stringify(labels)}`;
  return { key, name: attempts, record, attributes: labels, bounds: undefined, startMs, row: [value], exemplars: [] };
}

const values = (collector: Collector): (number | bigint | undefined)[] =>
  collector.metrics().flatMap((request) => pointsOf(request).map(({ point }) => ("value" in point ? point.value.value : point.count)));

const span = (n: number): SpanRecord => ({
  traceId: n.toString(16).padStart(32, "0"),
  spanId: n.toString(16).padStart(16, "0"),
  parentSpanId: "",
  name: "moq.session.start",
  kind: "client",
  service: "moq-player",
  instance: "g1",
  startMs: n,
  endMs: n + 1,
  error: n % 2 === 0 ? null : "late",
  attributes: { "session.id": "s", "moq.startup_s": "0.5", "moq.hidden": "true" },
});
const log = (n: number): LogRecord => ({
  atMs: n,
  level: "warn",
  event: "moq.player.stall",
  body: `line ${n}`,
  service: "moq-player",
  instance: "g1",
  traceId: "",
  spanId: "",
  attributes: { buffer_s: "0.25" },
});

describe("metrics", () => {
  test("leave each ten seconds: one timestamp, cumulative, with the resource of their service", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    rig.series = [counter(0, rig.bornMs), counter(0, rig.bornMs, { outcome: "failed" })];
    await rig.seconds(25);
    expect(collector.requests).toHaveLength(3);
    expect(collector.requests[0]?.headers).toMatchObject({ "content-type": "application/x-protobuf", "content-encoding": "gzip" });
    for (const request of collector.metrics()) {
      const [resource] = request.resourceMetrics;
      expect(resource?.resource?.attributes.map(({ key, value }) => [key, value?.value.value])).toEqual([
        ["service.name", "moq-player"],
        ["service.instance.id", "g1"],
        ["cloud.region", "eu"],
      ]);
      const data = resource?.scopeMetrics[0]?.metrics[0]?.data;
      expect(data).toMatchObject({ case: "sum", value: { aggregationTemporality: 2, isMonotonic: true } });
      expect(new Set(pointsOf(request).map(({ point }) => point.timeUnixNano)).size).toBe(1);
      expect(pointsOf(request).map(({ point }) => Number(point.startTimeUnixNano) / 1e6)).toEqual([rig.bornMs, rig.bornMs]);
    }
    const times = collector.metrics().map((request) => Number(pointsOf(request)[0]?.point.timeUnixNano) / 1e6 - rig.bornMs);
    expect(times).toEqual([1000, 10_000, 20_000]);
  });

  test("a new label set leaves once at zero and then with its value; a restored one never at zero", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    rig.series = [counter(7, rig.bornMs + 500), counter(40, rig.bornMs - 60_000, { outcome: "failed" })];
    await rig.seconds(10);
    expect(values(collector)).toEqual([0, 40, 7, 40]);
  });

  test("a zero that did not arrive is told again before the value", async () => {
    await using collector = await Collector.start();
    collector.answer = () => ({ status: 503 });
    const rig = new Rig({ endpoint: collector.url });
    rig.series = [counter(7, rig.bornMs)];
    await rig.seconds(1);
    collector.answer = () => ({ status: 200 });
    await rig.seconds(20);
    expect(values(collector).slice(0, 3)).toEqual([0, 0, 7]);
  });

  test("a series that is gone ends with one marker", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    rig.series = [counter(0, rig.bornMs), counter(0, rig.bornMs, { outcome: "failed" })];
    await rig.seconds(1);
    rig.series = [counter(0, rig.bornMs)];
    await rig.seconds(20);
    const flags = collector.metrics().map((request) => pointsOf(request).map(({ labels, point }) => [labels["outcome"], point.flags]));
    expect(flags).toEqual([
      [
        ["started", 0],
        ["failed", 0],
      ],
      [
        ["started", 0],
        ["failed", 1],
      ],
      [["started", 0]],
    ]);
  });

  test("a histogram keeps count, sum and buckets, with the exemplars that are young", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    const record = metricRecord(startup);
    if (record === undefined) throw new Error("no such metric");
    const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
    const old = { ...ids, value: 0.4, atMs: rig.bornMs - 61_000 };
    const young = { ...ids, value: 1.5, atMs: rig.bornMs };
    const common = { key: startup, name: startup, record, attributes: {}, bounds: [1, 2], startMs: rig.bornMs - 1 };
    rig.series = [{ ...common, row: [3, 4.5, 1, 1, 1], exemplars: [old, young] }];
    await rig.seconds(1);
    const [{ point } = { point: undefined }] = pointsOf(collector.metrics()[0]);
    expect(point).toMatchObject({ count: 3n, sum: 4.5, bucketCounts: [1n, 1n, 1n], explicitBounds: [1, 2] });
    expect(
      point?.exemplars.map(({ value, traceId, spanId }) => [
        value.value,
        Buffer.from(traceId).toString("hex"),
        Buffer.from(spanId).toString("hex"),
      ]),
    ).toEqual([[1.5, ids.traceId, ids.spanId]]);
    expect(rig.counts["exemplars"]).toBe(1);
  });

  test("the last export holds what is new, its zero before it, and may be asked for twice", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    await rig.seconds(1);
    rig.series = [counter(3, rig.bornMs)];
    await Promise.all([rig.exporter.close(), rig.exporter.close()]);
    expect(values(collector)).toEqual([0, 3]);
    const [first, second] = collector
      .metrics()
      .slice(-2)
      .map((request) => pointsOf(request)[0]?.point.timeUnixNano ?? 0n);
    expect(Number(second) > Number(first)).toBe(true);
  });
});

describe("a receiver that is away", () => {
  test("for ten minutes costs bounded memory; then metrics are exact, the oldest spans and logs dropped and counted", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    await rig.seconds(1);
    collector.answer = () => ({ status: 503 });
    collector.requests.length = 0;
    for (let second = 0; second < 600; second++) {
      rig.series = [counter(second, rig.bornMs)];
      rig.exporter.spans(Array.from({ length: 10 }, (_, n) => span(second * 10 + n)));
      rig.exporter.logs(Array.from({ length: 10 }, (_, n) => log(second * 10 + n)));
      await rig.seconds(1);
    }
    expect(rig.exporter.bytes).toBeLessThan(4 * 1024 * 1024);
    expect(rig.exporter.states(rig.clock.now())).toMatchObject([
      { signal: "metrics", waiting: 1, ageSeconds: 600 },
      { signal: "traces", waiting: 4_090 },
      { signal: "logs", waiting: 4_090 },
    ]);
    expect([rig.counts["traces dropped"], rig.counts["logs dropped"]]).toEqual([191, 191]);
    // once a minute in the end, not once a second
    expect(collector.of("metrics").length).toBeLessThan(30);

    collector.requests.length = 0;
    collector.answer = () => ({ status: 200 });
    await rig.seconds(80);
    expect(values(collector).slice(0, 2)).toEqual([0, 599]);
    const spans = collector
      .traces()
      .flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((s) => s.spans)));
    expect([spans.length, spans[0]?.startTimeUnixNano, spans.at(-1)?.startTimeUnixNano]).toEqual([4_090, 1_910_000_000n, 5_999_000_000n]);
    const logs = collector
      .logs()
      .flatMap(({ resourceLogs }) => resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((s) => s.logRecords)));
    expect([logs.length, logs.at(-1)?.body?.value.value]).toEqual([4_090, "line 5999"]);
    expect(rig.exporter.states(rig.clock.now()).map(({ waiting }) => waiting)).toEqual([0, 0, 0]);
  }, 20_000);

  test("is asked again as late as it says", async () => {
    await using collector = await Collector.start();
    collector.answer = () => ({ status: 429, headers: { "retry-after": "30" } });
    const rig = new Rig({ endpoint: collector.url });
    await rig.seconds(30);
    expect(collector.of("metrics")).toHaveLength(1);
    await rig.seconds(2);
    expect(collector.of("metrics")).toHaveLength(2);
    expect(rig.counts["metrics retry"]).toBe(2);
  });

  test("is not asked again after a permanent 4xx, whose reason is told", async () => {
    await using collector = await Collector.start();
    collector.answer = () => ({ status: 400, body: "bad data" });
    const rig = new Rig({ endpoint: collector.url });
    rig.exporter.spans([span(1)]);
    await rig.seconds(5);
    expect([collector.of("metrics").length, collector.of("traces").length]).toEqual([1, 1]);
    expect(rig.counts).toMatchObject({ "metrics failed": 1, "traces failed": 1 });
    expect(rig.problems).toEqual([
      `metrics: ${collector.url}/v1/metrics answers 400: bad data`,
      `traces: ${collector.url}/v1/traces answers 400: bad data`,
    ]);
    expect(rig.exporter.states(rig.clock.now())).toMatchObject([{ waiting: 0 }, { waiting: 0 }, { waiting: 0 }]);
  });

  test("that sends it elsewhere is not followed", async () => {
    await using elsewhere = await Collector.start();
    await using collector = await Collector.start();
    collector.answer = () => ({ status: 307, headers: { location: `${elsewhere.url}/v1/metrics` } });
    const rig = new Rig({ endpoint: collector.url });
    await rig.seconds(3);
    expect([elsewhere.requests.length, rig.counts["metrics failed"]]).toEqual([0, 1]);
  });

  test("that takes only a part says so", async () => {
    await using collector = await Collector.start();
    const partial = create(ExportMetricsServiceResponseSchema, { partialSuccess: { rejectedDataPoints: 2n, errorMessage: "too old" } });
    collector.answer = () => ({ status: 200, body: toBinary(ExportMetricsServiceResponseSchema, partial) });
    const rig = new Rig({ endpoint: collector.url });
    await rig.seconds(1);
    expect([rig.problems, rig.counts["metrics ok"]]).toEqual([["metrics: 2 of its metrics were not taken: too old"], 1]);
  });

  test("that never answers is given up at the end", async () => {
    const rig = new Rig({ endpoint: "http://127.0.0.1:9", timeoutMs: 200 });
    rig.exporter.tick(rig.clock.now());
    await rig.exporter.close();
    expect(rig.counts["metrics retry"]).toBeGreaterThan(0);
    expect(rig.problems[0]).toContain("cannot be reached");
  });
});

describe("trusted requests", () => {
  const request = (value: number, aggregationTemporality = 2, instance = "r1"): Uint8Array => {
    const sum = { isMonotonic: true, aggregationTemporality, dataPoints: [{ asInt: String(value) }] };
    return fromOtlpJson("metrics", Buffer.from(JSON.stringify(oneResource({ "service.instance.id": instance }, [{ name: "jobs", sum }]))));
  };
  const put = (rig: Rig, body: Uint8Array): void =>
    rig.exporter.forward({ signal: "metrics", format: "otlp_proto", body, request: metricsFromProto(body) });

  test("leave byte for byte", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    const body = request(5);
    put(rig, body);
    await rig.seconds(1);
    expect(collector.of("metrics").map((each) => each.body)).toContainEqual(Buffer.from(body));
  });

  test("that wait are replaced by the source's newest snapshot; deltas are not", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    await rig.seconds(1);
    collector.requests.length = 0;
    for (const value of [1, 2, 3]) put(rig, request(value));
    put(rig, request(9, 2, "r2"));
    for (const value of [4, 5]) put(rig, request(value, 1));
    await rig.seconds(1);
    expect(values(collector)).toEqual([3n, 9n, 4n, 5n]);
  });

  test("of JSON leave as the same in protobuf, ids and all", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoint: collector.url });
    const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", parentSpanId: "00f067aa0ba902b7" };
    const attributes = [{ key: "traceId", value: { stringValue: "zz" } }];
    const body = Buffer.from(
      JSON.stringify({
        later: 1,
        resourceSpans: [{ scopeSpans: [{ spans: [{ ...ids, name: "x", startTimeUnixNano: "5", attributes }] }] }],
      }),
    );
    rig.exporter.forward({ signal: "traces", format: "otlp_json", body, items: 1 });
    await rig.seconds(1);
    const [sent] = collector.traces().flatMap(({ resourceSpans }) => resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans)));
    expect(Buffer.from(sent?.traceId ?? []).toString("hex")).toBe(ids.traceId);
    expect(Buffer.from(sent?.parentSpanId ?? []).toString("hex")).toBe(ids.parentSpanId);
    expect([sent?.name, sent?.startTimeUnixNano, sent?.attributes[0]?.value?.value.value]).toEqual(["x", 5n, "zz"]);
  });

  test("of JSON that protobuf cannot say stay here and are counted; the caller hears nothing", () => {
    const rig = new Rig({ endpoint: "http://127.0.0.1:9" });
    const spans = [{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", startTimeUnixNano: "-5" }];
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    rig.exporter.forward({ signal: "traces", format: "otlp_json", body, items: 1 });
    expect([rig.counts["traces failed"], rig.exporter.bytes]).toEqual([1, 0]);
    expect(rig.problems[0]).toContain("cannot be written as protobuf");
  });

  test("of a signal that has no endpoint stay here", async () => {
    await using collector = await Collector.start();
    const rig = new Rig({ endpoints: { metrics: `${collector.url}/v1/metrics` } });
    rig.exporter.spans([span(1)]);
    rig.exporter.logs([log(1)]);
    await rig.seconds(2);
    expect(collector.requests.map(({ signal }) => signal)).toEqual(["metrics"]);
    expect(rig.exporter.states(rig.clock.now()).map(({ signal }) => signal)).toEqual(["metrics"]);
  });
});

test("checked spans and logs leave with kind, status, level and the types of the registry", async () => {
  await using collector = await Collector.start();
  const rig = new Rig({ endpoint: collector.url });
  rig.exporter.spans([span(1)]);
  rig.exporter.logs([log(2)]);
  await rig.seconds(1);
  const [sent] = collector.traces()[0]?.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
  expect(sent).toMatchObject({ name: "moq.session.start", kind: 3, startTimeUnixNano: 1_000_000n, status: { code: 2, message: "late" } });
  expect(sent?.attributes.map(({ key, value }) => [key, value?.value.value])).toEqual([
    ["session.id", "s"],
    ["moq.startup_s", 0.5],
    ["moq.hidden", true],
  ]);
  const [line] = collector.logs()[0]?.resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
  expect(line).toMatchObject({ severityNumber: 13, severityText: "warn", eventName: "moq.player.stall", timeUnixNano: 2_000_000n });
  expect([line?.body?.value.value, line?.attributes[0]?.value?.value.value]).toEqual(["line 2", 0.25]);
});
