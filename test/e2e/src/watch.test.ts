import { spawnSync } from "node:child_process";
import { createImpairment } from "@moqscope/impairment";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/support/chromium.ts";
import { launchBrowser } from "./support/browser.ts";
import { eventually, GatewayApi } from "./support/gateway.ts";
import { type Stack, startStack } from "./support/stack.ts";
import { type Sighting, Watcher } from "./support/watcher.ts";

const path = findChromium();
if (!path && process.env["CI"] === "true") throw new Error("CI=true and no Chromium: set CHROMIUM_PATH or install the package chromium");

const loopback = { host: "127.0.0.1", port: 0 };
const hasSs = process.platform === "linux" && spawnSync("ss", ["--version"]).error === undefined;

/** docs/sample.md: 30 s at 30 frames/s, looped. */
const framesPerSecond = 30;
const sampleFrames = 900;

/** What the relay's gauges say while only the publisher of `dev` is there: each must return to it, however viewers leave. */
const alone = {
  "moq.relay.active_connections": 1,
  "moq.relay.active_subscribers": 0,
  "moq.relay.active_subscriptions": 0,
  "moq.relay.upstream_subscriptions": 0,
  "moq.relay.broadcast.subscribers": 0,
};

describe.skipIf(!path)("a viewer in Chromium (skipped where no Chromium is found: see scripts/test.ts)", () => {
  let stack: Stack;
  let browser: Browser;
  let gateway: GatewayApi;
  beforeAll(async () => {
    stack = await startStack();
    browser = await launchBrowser(path ?? "");
    gateway = new GatewayApi(stack.ports.console);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  const viewers = (): Promise<number | undefined> => gateway.sum("moq.relay.active_subscribers", { peer: "client" });
  const pageUrl = (query: Record<string, string> = {}): string =>
    `http://localhost:${stack.ports.demo}/?${new URLSearchParams(query).toString()}`;
  const tab = async (viewport: { width: number; height: number }): Promise<Page> => (await browser.newContext({ viewport })).newPage();
  const open = async (query: Record<string, string> = {}): Promise<Watcher> =>
    Watcher.open(await tab({ width: 1280, height: 800 }), pageUrl(query));
  /** Small windows, all loading at once: two cores cannot play eleven pictures smoothly, and this is about counting them. */
  const openSmall = (queries: readonly Record<string, string>[]): Promise<Watcher[]> =>
    Promise.all(
      queries.map(async (query) => Watcher.open(await tab({ width: 400, height: 300 }), pageUrl({ rendition: "video/360p", ...query }))),
    );

  it("plays moving pictures and sound, and every figure comes back from the gateway as the test measured it", async () => {
    const onlyThePublisher = async (withinMs: number): Promise<void> => {
      for (const [name, value] of Object.entries(alone))
        await eventually(
          () => gateway.sum(name),
          (sum) => sum === value,
          withinMs,
          name,
        );
    };
    await onlyThePublisher(10_000);

    const first = await open();
    await showsThePictureMoving(first);
    await soundIsDecoded(first);
    await eventually(viewers, (count) => count === 1, 5000);
    await startupAgrees(first, gateway);
    await transportAgrees(first, gateway);
    await everyMetricIsRecorded(gateway);

    await using network = await createImpairment({ to: { ...loopback, port: stack.ports.relay }, tcp: loopback });
    const small = await openSmall([...Array.from({ length: 9 }, () => ({})), { url: `http://localhost:${network.port}` }]);
    const [killed, cut] = small.splice(8);
    await eventually(viewers, (count) => count === 11, 30_000);
    expect(await gateway.sum("moq.relay.broadcast.subscribers", { broadcast: "demo.hang" })).toBe(11);
    expect((await small[0]?.stats())?.rendition).toBe("video/360p");

    // Eight leave as people do, one tab is killed, one loses its network without a word.
    await Promise.all(small.map((watcher) => watcher.page.context().close()));
    await kill(killed);
    network.set({ blackhole: true });
    await eventually(viewers, (count) => count === 1, 60_000);

    await cut?.page.context().close();
    await first.page.context().close();
    await onlyThePublisher(60_000);
  }, 300_000);

  it("plays on undisturbed when the telemetry address is dead", async () => {
    const watcher = await open({ telemetry: "http://localhost:9" });
    await showsThePictureMoving(watcher);
    expect((await watcher.stats()).state).toBe("playing");
    await watcher.page.context().close();
  });
});

/** Ends the tab's process as a crash does: nothing of the page runs any more, not even its farewell. */
async function kill(watcher: Watcher | undefined): Promise<void> {
  const crashed = watcher?.page.waitForEvent("crash");
  const session = await watcher?.page.context().newCDPSession(watcher.page);
  void session?.send("Page.crash").catch(() => undefined); // A tab that is dead does not answer: the event tells.
  await crashed;
}

/**
 * The time code in the painted pixels goes on with the clock: within a few looks, a second apart, there is one in which as many frames
 * passed as a second has. Not the first one for sure: a player that starts on a busy machine may still be catching up.
 */
async function showsThePictureMoving(watcher: Watcher): Promise<void> {
  const look = async (): Promise<Sighting> => {
    const sighting = await eventually(
      () => watcher.frame(),
      (seen) => seen !== undefined,
      5000,
      "a time code in the picture",
    );
    if (!sighting) throw new Error("no time code in the picture");
    return sighting;
  };
  const seen: string[] = [];
  for (let before = await look(), tries = 0; tries < 10; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const after = await look();
    const frames = (after.frame - before.frame + sampleFrames) % sampleFrames;
    const due = ((after.atMs - before.atMs) / 1000) * framesPerSecond;
    if (Math.abs(frames - due) < 6) return;
    seen.push(`${frames} painted where ${due.toFixed(1)} were due`);
    before = after;
  }
  throw new Error(`the picture never went on with the clock: ${seen.join(", ")}`);
}

async function soundIsDecoded(watcher: Watcher): Promise<void> {
  const before = await watcher.stats();
  const after = await eventually(
    () => watcher.stats(),
    (stats) => stats.audio.decodedFrames > before.audio.decodedFrames && stats.audio.level > 0,
    5000,
  );
  expect(after.audio.level).toBeGreaterThan(0);
}

/** The gateway knows of exactly one start, and it took what this test saw, within 100 ms. */
async function startupAgrees(watcher: Watcher, gateway: GatewayApi): Promise<void> {
  const measuredMs = await watcher.firstPaintMs();
  const startup = await eventually(
    async () =>
      (await gateway.metrics()).filter((metric) => metric.name === "moq.client.startup_time" && (metric.histogram?.count ?? 0) > 0),
    (found) => found.length === 1,
    5000,
  );
  expect(startup[0]?.histogram?.count).toBe(1);
  const reportedMs = (startup[0]?.histogram?.sum ?? Number.NaN) * 1000;
  expect(Math.abs(reportedMs - measuredMs), `gateway ${reportedMs.toFixed(0)} ms, page ${measuredMs.toFixed(0)} ms`).toBeLessThan(100);
  const summary = await gateway.summary();
  expect(summary.startup?.count).toBe(1);
  const { sessionId } = await watcher.stats();
  const session = (await gateway.sessions()).sessions.find((known) => known.sessionId === sessionId);
  expect(Math.abs((session?.startupSeconds ?? Number.NaN) * 1000 - measuredMs)).toBeLessThan(100);
}

/** The page says which transport it has and why, and the gateway has heard of the same. */
async function transportAgrees(watcher: Watcher, gateway: GatewayApi): Promise<void> {
  const { transport, transportChoice, sessionId } = await watcher.stats();
  const element = watcher.page.locator("hang-watch");
  expect([await element.getAttribute("transport"), await element.getAttribute("transport-reason")]).toEqual([
    transport,
    transportChoice?.reason,
  ]);
  expect(await watcher.page.locator("#transport").innerText()).toMatch(transport === "webtransport" ? /^WebTransport/ : /^WebSocket: /);
  await eventually(
    () => gateway.sum("moq.client.connections", { transport: transport ?? "", result: "ok" }),
    (count) => count === 1,
    5000,
  );
  const { sessions } = await gateway.sessions();
  expect(sessions.find((known) => known.sessionId === sessionId)?.transport).toBe(transport);
}

/** Metrics that a healthy viewer and relay must have told by now; the rest of the registry needs a fault to speak. */
async function everyMetricIsRecorded(gateway: GatewayApi): Promise<void> {
  const due = [
    ...["play_attempts", "startup_time", "startup_phase", "play_time", "buffer_length", "frames_received", "frames_decoded"].map(
      (name) => `moq.client.${name}`,
    ),
    ...["frames_rendered", "groups", "io", "connections", "live_edge_offset", "rendition_time", "bitrate", "rtt"].map(
      (name) => `moq.client.${name}`,
    ),
    ...[
      "active_connections",
      "active_subscribers",
      "active_streams",
      "active_subscriptions",
      "connections",
      "announcements",
      "subscriptions",
    ].map((name) => `moq.relay.${name}`),
    ...["subscribe_time", "bytes_sent", "bytes_received", "transport_io", "frames_sent", "frames_received", "groups_sent"].map(
      (name) => `moq.relay.${name}`,
    ),
    ...["groups_received", "forward_time", "setup_time", "rtt", "cache_hits", "cache_size", "upstream_subscriptions"].map(
      (name) => `moq.relay.${name}`,
    ),
    // The kernel tells these where it can be asked.
    ...(hasSs ? ["packets_sent", "packets_lost", "congestion_window", "send_rate_estimate"] : []).map((name) => `moq.relay.${name}`),
    ...["broadcast.subscribers", "broadcast.bytes_sent", "broadcast.bytes_received"].map((name) => `moq.relay.${name}`),
    ...["reports", "points", "active_sessions", "session_table", "ingest_time", "series"].map((name) => `moq.gateway.${name}`),
    "process.cpu.time",
    "process.memory.usage",
    "process.uptime",
    "nodejs.eventloop.utilization",
    "moq.process.event_loop_delay",
  ];
  const missing = async (): Promise<string[]> => {
    const known = new Set((await gateway.metrics()).map((metric) => metric.name));
    return due.filter((name) => !known.has(name));
  };
  expect(await eventually(missing, (names) => names.length === 0, 30_000)).toEqual([]);
}
