import { expect, test } from "vitest";
import type { WireResult, WireSeries } from "../api-v1/format.ts";
import { exported } from "../testing/exported.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { TestGateway } from "../testing/gateway.ts";
import { histogram, playerResource, request, sum } from "../testing/otlp-json.ts";
import { otlpReceiver, PrometheusServer, prometheusPath } from "../testing/prometheus-server.ts";

const path = prometheusPath();
/** A page is scraped with the time of this machine. */
const bornMs = Date.now() - 60_000;
const waits = [0.4, 0.5, 1.9, 100];

/** Everything of ours in a Prometheus, by name and labels; `le` as a number, which a scrape spells 2.0 and OTLP 2. */
async function world(prometheus: PrometheusServer, atMs: number): Promise<Map<string, number>> {
  const { data } = await prometheus.ask<{ data: WireResult }>("query", { query: '{__name__=~"moq_.+"}', time: String(atMs / 1000) });
  const pairs = (data.result as readonly WireSeries[]).map(({ metric, value }): [string, number] => {
    const labels = metric["le"] === undefined || metric["le"] === "+Inf" ? metric : { ...metric, le: String(Number(metric["le"])) };
    return [JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))), Number(value?.[1])];
  });
  return new Map(pairs);
}

test.skipIf(path === undefined)(
  "a Prometheus that scrapes /metrics has the series of one that is pushed OTLP",
  { timeout: 60_000 },
  async () => {
    await using pushed = await PrometheusServer.start(path ?? "", otlpReceiver);
    await using at = await TestGateway.start({
      clock: new FakeClock(bornMs),
      instanceId: "g1",
      cloudRegion: "eu",
      export: { endpoints: { metrics: `${pushed.url}/api/v1/otlp/v1/metrics` } },
    });
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    await at.report(
      request(playerResource({ sessionId: "0123456789abcdef", sequence: 1, acked: 0 }), [
        sum("moq.client.play_attempts", 2, { outcome: "started", transport: "websocket" }, times),
        histogram("moq.client.startup_time", waits, { transport: "websocket" }, times),
      ]),
    );
    for (let cycle = 0; cycle < 3; cycle++) await exported(at);
    const target = new URL(at.gateway.consoleUrl).host;
    await using scraping = await PrometheusServer.start(path ?? "", {
      config: `scrape_configs: [{job_name: gateway, honor_labels: true, scrape_interval: 1s, static_configs: [{targets: ["${target}"]}]}]\n`,
      // without it the times of birth are series of their own
      flags: ["--enable-feature=exemplar-storage,created-timestamp-zero-ingestion"],
    });
    let scraped = new Map<string, number>();
    while (scraped.size === 0) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      scraped = await world(scraping, Date.now());
    }
    const there = await world(pushed, at.clock.now());
    expect([...scraped.keys()].toSorted()).toEqual([...there.keys()].toSorted());
    const players = [...scraped].filter(([key]) => key.includes('["job","moq-player"]'));
    expect(players.length).toBeGreaterThan(100);
    for (const [key, value] of players) expect([key, value]).toEqual([key, there.get(key)]);
  },
);
