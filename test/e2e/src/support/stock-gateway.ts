import type { Gateway } from "@moqscope/gateway";
import type { LogsAnswer, MetricsAnswer, MetricValue, TracesAnswer } from "@moqscope/telemetry/query";
import { expect } from "vitest";
import type { StockRun } from "../page/stock-page.ts";
import { eventually } from "./gateway.ts";
import { latencies, latencyBounds, type StockSpans } from "./stock-application.ts";

/** Every way in which a stock SDK of JavaScript exports over HTTP. */
export const stockWays: readonly Pick<StockRun, "format" | "temporality">[] = (["json", "protobuf"] as const).flatMap((format) =>
  (["cumulative", "delta"] as const).map((temporality) => ({ format, temporality })),
);

const all = latencies.flat();

/** Upper bounds are inclusive; the last bucket has none. */
const bucketOf = (value: number): number => {
  const found = latencyBounds.findIndex((bound) => value <= bound);
  return found < 0 ? latencyBounds.length : found;
};
const buckets = Array.from({ length: latencyBounds.length + 1 }, (_, at) => all.filter((value) => bucketOf(value) === at).length);

/** A gateway's query API, asked for what a stock application exported. */
export class StockGateway {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  async #ask<T>(question: string): Promise<T> {
    const answer = await fetch(`${this.#gateway.consoleUrl}/${question}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  }
  /** Newest values of a service, by name and attribute values. */
  async metricsOf(service: string): Promise<Map<string, MetricValue>> {
    const { metrics } = await this.#ask<MetricsAnswer>(`api/metrics?service=${service}`);
    return new Map(metrics.map((metric) => [[metric.name, ...Object.values(metric.attributes)].join(" "), metric]));
  }
  /** Value of an instant query of one series. */
  async #query(text: string): Promise<number> {
    const { data } = await this.#ask<{ data: { result: { value: [number, string] }[] } }>(`api/v1/query?query=${encodeURIComponent(text)}`);
    expect(data.result.length).toBeLessThanOrEqual(1);
    return Number(data.result[0]?.value[1] ?? Number.NaN);
  }

  /** Holds what the gateway answers against what `runStockApplication` recorded. */
  async arrived(service: string, spans: StockSpans): Promise<void> {
    const metrics = await this.metricsOf(service);
    expect([...metrics.keys()].sort()).toEqual([
      "app.busy_time",
      "app.in_flight",
      "app.latency",
      "app.reads",
      "app.requests /a",
      "app.requests /b",
      "app.temperature a",
    ]);
    const value = (name: string): unknown => metrics.get(name)?.value;
    expect(value("app.requests /a")).toBe(4);
    expect(value("app.requests /b")).toBe(4);
    expect(value("app.busy_time")).toBe(0.375);
    expect(value("app.in_flight")).toBe(3);
    expect(value("app.temperature a")).toBe(-7.25);
    expect(value("app.reads")).toBe(1_234_567);
    expect(metrics.get("app.requests /a")).toMatchObject({ type: "counter", unit: "{request}", instance: `${service}-1` });
    expect(metrics.get("app.in_flight")).toMatchObject({ type: "updowncounter" });
    expect(metrics.get("app.latency")?.histogram).toMatchObject({ count: all.length, buckets });
    expect(metrics.get("app.latency")?.histogram?.sum).toBeCloseTo(
      all.reduce((sum, each) => sum + each, 0),
      12,
    );

    // PromQL reads the history, which is written once a second.
    const job = `job="${service}"`;
    await eventually(
      () => this.#query(`app_requests_total{${job},route="/a"}`),
      (found) => found === 4,
      10_000,
    );
    expect(await this.#query(`sum(app_requests_total{${job}})`)).toBe(8);
    expect(await this.#query(`app_latency_seconds_count{${job}}`)).toBe(all.length);
    expect(await this.#query(`app_latency_seconds_bucket{${job},le="0.5"}`)).toBe(3);
    expect(await this.#query(`app_temperature_celsius{${job},room="a"}`)).toBe(-7.25);

    const { spans: found } = await this.#ask<TracesAnswer>(`api/traces/${spans.traceId}`);
    const byId = new Map(found.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(2);
    expect(byId.get(spans.parentId)).toMatchObject({ name: "request", service, attributes: { route: "/a", attempt: "2" } });
    expect(byId.get(spans.childId)).toMatchObject({ name: "query", parentSpanId: spans.parentId, error: "no rows" });
    const { logs } = await this.#ask<LogsAnswer>("api/logs");
    expect(logs.find((log) => log.service === service)).toMatchObject({
      level: "warn",
      event: "app.done",
      body: "it is done",
      traceId: spans.traceId,
      spanId: spans.parentId,
      attributes: { tries: "2" },
    });
  }
}
