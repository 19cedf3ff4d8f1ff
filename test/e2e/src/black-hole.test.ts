import { createImpairment } from "@moqscope/impairment";
import { quicAvailable } from "@moqscope/quic";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findChromium } from "../../../scripts/support/chromium.ts";
import { launchBrowser } from "./support/browser.ts";
import { eventually, GatewayApi } from "./support/gateway.ts";
import { type Stack, startStack } from "./support/stack.ts";
import { Watcher } from "./support/watcher.ts";

const path = findChromium();
const addon = quicAvailable();
const loopback = { host: "127.0.0.1", port: 0 };
const missing = addon.available ? (path ? undefined : "no Chromium") : addon.reason;
if (missing !== undefined) process.stderr.write(`skipped: the player when UDP is dropped: ${missing}\n`);

let stack: Stack;
let browser: Browser;
beforeAll(async () => {
  if (missing !== undefined) return;
  stack = await startStack();
  browser = await launchBrowser(path ?? "");
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

it.skipIf(missing !== undefined)(
  "shows pictures again over WebSocket within 3 s after UDP is dropped, and counts the gap",
  async () => {
    const gateway = new GatewayApi(stack.ports.console);
    await using network = await createImpairment({ to: { ...loopback, port: stack.ports.relay }, udp: loopback, tcp: loopback });
    const query = new URLSearchParams({ url: `http://127.0.0.1:${network.port}`, rendition: "video/360p" });
    const watcher = await overWebTransport(`http://localhost:${stack.ports.demo}/?${query.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 3000));

    const before = await watcher.stats();
    network.set({ blackhole: true }, { protocol: "udp" });
    const droppedMs = performance.now();
    await eventually(
      () => watcher.stats(),
      ({ transport, state }) => transport === "websocket" && state === "playing",
      15_000,
      "the player over WebSocket",
    );
    const backMs = performance.now() - droppedMs;
    const moved = await watcher.frame();
    await eventually(
      () => watcher.frame(),
      (seen) => seen !== undefined && seen.frame !== moved?.frame,
      2000,
      "a moving picture",
    );
    process.stdout.write(`playing again ${Math.round(backMs)} ms after UDP was dropped\n`);
    expect(backMs).toBeLessThan(3000);

    const after = await watcher.stats();
    expect(after.transportChoice).toMatchObject({ kind: "websocket", reason: "remembered" });
    expect(after.stalls.count).toBe(before.stalls.count + 1);
    const gapSeconds = after.stalls.seconds - before.stalls.seconds;
    expect(gapSeconds).toBeGreaterThan(1);
    expect(gapSeconds).toBeLessThan(3);
    for (const transport of ["webtransport", "websocket"])
      await eventually(
        () => gateway.sum("moq.client.connections", { transport, result: "ok" }),
        (count) => count === 1,
        10_000,
        `one connection by ${transport}`,
      );
    expect(await gateway.sum("moq.client.reconnects", { reason: "transport_lost" })).toBe(1);
    expect(await gateway.sum("moq.client.rebuffer_count")).toBe(after.stalls.count);
    // It would dial again, and be counted, when the network between goes.
    await watcher.page.context().close();
  },
  120_000,
);

it.skipIf(missing !== undefined)("says why it has WebSocket where UDP does not get through, and counts both tries", async () => {
  const gateway = new GatewayApi(stack.ports.console);
  const tries = async (): Promise<{ readonly failed: number; readonly socket: number }> => {
    const [all = 0, ok = 0, socket = 0] = [
      await gateway.sum("moq.client.connections", { transport: "webtransport" }),
      await gateway.sum("moq.client.connections", { transport: "webtransport", result: "ok" }),
      await gateway.sum("moq.client.connections", { transport: "websocket", result: "ok" }),
    ];
    return { failed: all - ok, socket };
  };
  const before = await tries();
  await using network = await createImpairment({ to: { ...loopback, port: stack.ports.relay }, tcp: loopback });
  const query = new URLSearchParams({ url: `http://127.0.0.1:${network.port}` });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const watcher = await Watcher.open(await context.newPage(), `http://localhost:${stack.ports.demo}/?${query.toString()}`);
  // On a busy machine the head start may be over before the browser has found out.
  expect(await watcher.page.locator("hang-watch").getAttribute("transport-reason")).toMatch(/^(?:webtransport_failed|faster)$/);
  expect(await watcher.page.locator("#transport").innerText()).toMatch(/^WebSocket: WebTransport (?:failed: .|did not come up in time)/);
  await eventually(
    tries,
    ({ failed, socket }) => failed === before.failed + 1 && socket === before.socket + 1,
    5_000,
    "a WebTransport that failed and a WebSocket that came up",
  );
  await watcher.page.context().close();
});

/** A page that has WebTransport: on a busy machine its half second of head start may pass before the first page is awake. */
async function overWebTransport(url: string): Promise<Watcher> {
  for (let attempt = 1; ; attempt++) {
    const context = await browser.newContext({ viewport: { width: 640, height: 480 } });
    const watcher = await Watcher.open(await context.newPage(), url);
    const { transport, transportChoice } = await watcher.stats();
    if (transport === "webtransport" && transportChoice?.reason === "preferred") return watcher;
    if (attempt === 3) throw new Error(`three pages have ${transport}: ${JSON.stringify(transportChoice)}`);
    await context.close();
  }
}
