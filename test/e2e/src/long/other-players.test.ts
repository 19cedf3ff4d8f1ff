import { readFileSync } from "node:fs";
import { createGateway, type Gateway } from "@moqscope/gateway";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../../scripts/support/chromium.ts";
import { launchBrowser } from "../support/browser.ts";
import { eventually, GatewayApi } from "../support/gateway.ts";
import { HlsServer } from "../support/hls-server.ts";
import { type HlsStream, hlsStream } from "../support/hls-stream.ts";
import { PageViewer, type Shown } from "../support/page-viewer.ts";

const path = findChromium();
if (!path && process.env["CI"] === "true") throw new Error("CI=true and no Chromium: set CHROMIUM_PATH or install the package chromium");

const loopback = { host: "127.0.0.1", port: 0 };
/** The segment that is kept back, and for how long the picture stands still then at least. */
const [heldSegment, heldMs] = [3, 2000];
/** The player learns of a frame from the same events as the test, but tells them in whole milliseconds and after its own work. */
const toleranceMs = 250;

const docs = readFileSync(new URL("../../../../docs/other-players.md", import.meta.url), "utf8");
/** The configuration as the page tells it to users, with the addresses of this test in the place of those in it. */
function snippet(heading: string, addresses: Readonly<Record<string, string>>): string {
  const code = new RegExp(`^## ${heading}.*?\`\`\`js\\n(.*?)\`\`\``, "ms").exec(docs)?.[1] ?? "";
  return Object.entries(addresses).reduce((text, [from, to]) => text.replaceAll(from, to), code);
}

describe.skipIf(!path)("players of HLS in Chromium (skipped where no Chromium is found: see scripts/test.ts)", () => {
  let browser: Browser;
  let stream: HlsStream;
  beforeAll(async () => {
    stream = await hlsStream(10, 2);
    browser = await launchBrowser(path ?? "");
  });
  afterAll(() => browser?.close());

  it("hls.js, set up as docs/other-players.md says, stands in the gateway with the figures that the page saw", async () => {
    await watch("hls.js", async (api, shown) => {
      await eventually(
        () => api.sum("moq.client.sessions_ended", { reason: "eos", transport: "unknown" }),
        (count) => count === 1,
        10_000,
        "the end of the session",
      );
      const figures = await api.metrics();
      const value = (name: string): number => figures.find((one) => one.name === name)?.value ?? Number.NaN;
      const histogram = (name: string): { count: number; sum: number } =>
        figures.find((one) => one.name === name)?.histogram ?? { count: Number.NaN, sum: Number.NaN };
      const longStalls = shown.stallsMs.filter((ms) => ms >= 100);
      expect(longStalls).toHaveLength(1);
      expect(value("moq.client.play_attempts")).toBe(1);
      expect(histogram("moq.client.startup_time").count).toBe(1);
      within(histogram("moq.client.startup_time").sum, shown.startupMs);
      within(value("moq.client.play_time"), shown.playedMs);
      expect(value("moq.client.rebuffer_count")).toBe(1);
      within(value("moq.client.rebuffer_time"), longStalls[0] ?? 0);
      expect(histogram("moq.client.rebuffer_duration").count).toBe(1);
      within(histogram("moq.client.rebuffer_duration").sum, longStalls[0] ?? 0);
      const { count, sum } = histogram("moq.client.bitrate");
      expect(sum / count).toBe(stream.bandwidth);
      expect(histogram("moq.client.buffer_length").count).toBeGreaterThan(2);
      expect(histogram("moq.client.bandwidth_estimate").count).toBeGreaterThan(0);
    });
  });

  it("shaka, set up as docs/other-players.md says, stands there with its start; it tells no states, so no time either", async () => {
    await watch("shaka", async (api, shown) => {
      await eventually(
        () => api.sum("moq.client.play_attempts", { outcome: "started", transport: "unknown" }),
        (count) => count === 1,
        20_000,
        "the start",
      );
      const figures = await api.metrics();
      const startup = figures.find(({ name }) => name === "moq.client.startup_time")?.histogram;
      expect(startup?.count).toBe(1);
      within(startup?.sum ?? Number.NaN, shown.startupMs);
      const bitrate = figures.find(({ name }) => name === "moq.client.bitrate")?.histogram;
      expect((bitrate?.sum ?? 0) / (bitrate?.count ?? 1)).toBe(stream.bandwidth);
      expect(figures.find(({ name }) => name === "moq.client.play_time")?.value).toBe(0);
    });
  });

  /** A viewer who sees the whole stream, with one segment kept back until the picture has stood still for a while. */
  async function watch(player: string, judge: (api: GatewayApi, shown: Shown) => Promise<void>): Promise<void> {
    await using gateway = await createGateway({
      ingestListen: loopback,
      otlpListen: loopback,
      consoleListen: loopback,
      reportIntervalMs: 1000,
    });
    await using server = await HlsServer.start(stream);
    server.hold(stream.segments[heldSegment] ?? "");
    const api = new GatewayApi(Number(new URL(gateway.consoleUrl).port));
    await reportAsMoqPlayer(gateway);

    const context = await browser.newContext();
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => void problems.push(String(error)));
    const script = snippet(player, {
      "https://telemetry.example": gateway.ingestUrl,
      "https://media.example": server.url,
      "interval: 10": "interval: 1",
      // shaka counts its delay from load() on
      "await player.load": "asked(); await player.load",
    });
    const viewer = await PageViewer.open(page, server.url, `${script}\nasked(); await video.play();`);
    await viewer.until(({ stallsMs }) => Math.max(0, ...stallsMs) > heldMs, 30_000);
    server.release();
    const shown = await viewer.until(({ isOver }) => isOver, 30_000);
    expect(problems).toEqual([]);
    await judge(api, shown);
    // both stand in one metric, and PromQL tells them apart
    const answer = await fetch(
      `${gateway.consoleUrl}/api/v1/query?query=${encodeURIComponent("sum by (transport) (moq_client_play_attempts_total)")}`,
    );
    const { data } = (await answer.json()) as { data: { result: { metric: { transport: string }; value: [number, string] }[] } };
    expect(Object.fromEntries(data.result.map(({ metric, value }) => [metric.transport, value[1]]))).toMatchObject({
      unknown: "1",
      webtransport: "1",
    });
    const { sessions } = await api.sessions();
    expect(sessions.filter(({ sessionId }) => /^[0-9a-f-]{36}$/.test(sessionId))).toHaveLength(1);
    await context.close();
  }

  function within(seconds: number, shownMs: number): void {
    expect(Math.abs(seconds * 1000 - shownMs), `${seconds} s beside ${shownMs} ms in the page`).toBeLessThan(toleranceMs);
  }
});

/** The first report of a MoQ player, so that the figures of both stand in one place. */
async function reportAsMoqPlayer({ ingestUrl, id }: Gateway): Promise<void> {
  const text = (key: string, stringValue: string): unknown => ({ key, value: { stringValue } });
  const whole = (key: string, intValue: number): unknown => ({ key, value: { intValue } });
  const nanos = `${BigInt(Date.now()) * 1_000_000n}`;
  const labels = [text("outcome", "started"), text("transport", "webtransport")];
  const point = { asInt: 1, startTimeUnixNano: nanos, timeUnixNano: nanos, attributes: labels };
  const metric = {
    name: "moq.client.play_attempts",
    unit: "{attempt}",
    sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point] },
  };
  const resource = [
    text("service.name", "moq-player"),
    text("session.id", "a-viewer-over-moq-here"),
    whole("moq.report.sequence", 1),
    whole("moq.report.acked", 0),
    text("moq.session.state", "playing"),
  ];
  const answer = await fetch(`${ingestUrl}/v1/metrics`, {
    method: "POST",
    headers: { "content-type": "application/json", "moq-gateway": id },
    body: JSON.stringify({ resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ metrics: [metric] }] }] }),
  });
  expect(await answer.text()).toBe("{}");
}
