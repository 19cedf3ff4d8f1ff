import { connect, defaultWish, type Group, LocalBroadcast, Origin, Track, toPath } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { createRelay } from "@moqscope/relay";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import { expect, it } from "vitest";
import { otlpReceiver, PrometheusServer, prometheusPath } from "../../../../packages/gateway/src/testing/prometheus-server.ts";

const path = prometheusPath();
const loopback = { host: "127.0.0.1", port: 0 };
const broadcastPath = toPath("room/live");

/** A series as one text: name and labels, sorted; `le` as a number, which the text form spells 2.0 and OTLP 2. */
function seriesOf(labels: Readonly<Record<string, string>>): string {
  const { le } = labels;
  const plain = le === undefined || le === "+Inf" ? labels : { ...labels, le: String(Number(le)) };
  return JSON.stringify(Object.entries(plain).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
/** Every series of Prometheus' text form. */
function ofText(text: string): Set<string> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(
    lines.map((line) => {
      const [, name = "", inside = ""] = /^([a-z_0-9]+)(?:\{(.*)\})? \S+/.exec(line) ?? [];
      const labels = [...inside.matchAll(/([a-z_0-9]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", value = ""]) => [key, value]);
      return seriesOf({ __name__: name, ...(Object.fromEntries(labels) as Record<string, string>) });
    }),
  );
}

it.skipIf(path === undefined)(
  "/metrics of a relay has the names, units and labels that Prometheus makes of its OTLP, no more and no fewer",
  async () => {
    await using prometheus = await PrometheusServer.start(path ?? "", otlpReceiver);
    const telemetry = startNodeTelemetry({
      serviceName: "moq-relay",
      instanceId: "n1",
      region: "eu",
      endpoint: `${prometheus.url}/api/v1/otlp`,
      intervalMs: 3_600_000,
      logStream: { write: () => {} },
      env: { OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" },
    });
    const { recorder } = telemetry;
    await using relay = await createRelay({
      listen: loopback,
      adminListen: loopback,
      node: "n1",
      recorder,
      metricsText: () => telemetry.prometheusText(),
    });
    const publish = new Origin();
    const track = new Track({ name: "video" });
    const broadcast = new LocalBroadcast();
    broadcast.add(track);
    publish.publish(broadcastPath, broadcast);
    const options = { webSocket: nodeWebSocket, webTransport: false } as const;
    const source = await connect(relay.url, { ...options, publish });
    const viewer = await connect(relay.url, options);
    for await (const { kind } of viewer.announced(broadcastPath)) if (kind === "active") break;
    const read = await viewer.broadcast(broadcastPath).track("video");
    const seen = Promise.withResolvers<void>();
    const ignored = (): void => {};
    const frames = { frame: ignored, finished: () => seen.resolve(), aborted: ignored };
    const groups = { group: (group: Group) => void group.attach(frames), dropped: ignored, ended: ignored, aborted: ignored };
    const reading = read.attach(groups, defaultWish);
    await expect.poll(() => track.readers, { timeout: 10_000 }).toBe(1);
    const group = track.createGroup();
    group.append({ timestamp: 0, payload: new Uint8Array(100) });
    group.finish();
    await seen.promise;
    reading.detach();
    viewer.close();
    source.close();
    const text = async (): Promise<Set<string>> => ofText(await (await fetch(`${relay.adminUrl}/metrics`)).text());
    await expect.poll(async () => [...(await text())].some((line) => line.includes("sessions_closed"))).toBe(true);

    let pushed = new Set<string>();
    // What Node tells of itself, its first collection of garbage say, may come between the two looks.
    const differences = async (): Promise<string[]> => {
      await telemetry.flush();
      const { data } = await prometheus.ask<{ data: { result: { metric: Record<string, string> }[] } }>("query", {
        query: '{job="moq-relay", __name__!="target_info"}',
      });
      pushed = new Set(data.result.map(({ metric }) => seriesOf(metric)));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const scraped = await text();
      return [...[...pushed].filter((one) => !scraped.has(one)), ...[...scraped].filter((one) => !pushed.has(one))];
    };
    await expect.poll(differences, { timeout: 30_000, interval: 200 }).toEqual([]);
    expect(pushed.size).toBeGreaterThan(150);
    expect([...pushed].every((one) => one.includes('["instance","n1"]') && one.includes('["cloud_region","eu"]'))).toBe(true);
    await telemetry.shutdown();
  },
  60_000,
);
