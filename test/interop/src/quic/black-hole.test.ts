import { createImpairment, type Impairment } from "@moqscope/impairment";
import { TransportMemory } from "@moqscope/lite";
import { nodeWebSocket, quicOpener } from "@moqscope/lite/node";
import { connectQuic, quicAvailable } from "@moqscope/quic";
import { chromium } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { type Viewing, view } from "../../../../packages/lite/src/testing/fixtures/recovery-page.ts";
import { chromiumArguments, findChromium } from "../../../../scripts/support/chromium.ts";
import { startSmallRelay } from "./relay.ts";
import { serveSources } from "./serve-sources.ts";

const addon = quicAvailable();
const executablePath = findChromium();
if (!addon.available) process.stderr.write(`skipped: coming back when UDP is dropped: ${addon.reason}\n`);
else if (executablePath === undefined) process.stderr.write("skipped: coming back in a browser when UDP is dropped: no Chromium\n");

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});

/** A relay behind a network of our own, with the same port for UDP and TCP. */
async function network(): Promise<{ readonly url: string; readonly impairment: Impairment }> {
  const relay = await startSmallRelay();
  cleanup.push(() => relay.close());
  const any = { host: "127.0.0.1", port: 0 };
  const impairment = await createImpairment({ to: { host: "127.0.0.1", port: relay.port }, udp: any, tcp: any });
  cleanup.push(() => impairment.close());
  return { url: `http://127.0.0.1:${impairment.port}/`, impairment };
}
async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 15 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
/** Drops UDP in mid-play, closing nothing, and measures from frame to frame how long the viewer had none. */
async function dropsAndComesBack(impairment: Impairment, told: () => Promise<Viewing>): Promise<void> {
  await until("2 s of frames over WebTransport", async () => ((await told()).seen["webtransport"]?.frames ?? 0) >= 50);
  impairment.set({ blackhole: true }, { protocol: "udp" });
  await until("frames over WebSocket", async () => ((await told()).seen["websocket"]?.frames ?? 0) >= 10);
  const { seen, attempts, choices, protocols, losses } = await told();
  const gapMs = (seen["websocket"]?.firstMs ?? 0) - (seen["webtransport"]?.lastMs ?? 0);
  process.stdout.write(`without a frame for ${Math.round(gapMs)} ms\n`);
  expect(gapMs).toBeLessThan(3000);
  expect(attempts).toEqual(["webtransport ok", "websocket ok"]);
  expect(choices).toEqual(["webtransport preferred", "websocket remembered"]);
  expect(protocols).toEqual(["moq-lite-05", "moq-lite-05"]);
  expect(losses).toEqual([expect.stringMatching(/nothing received for \d+ ms/)]);
}

test.skipIf(!addon.available)("in Node, UDP that is dropped in mid-play costs less than 3 s", { timeout: 40_000 }, async () => {
  const { url, impairment } = await network();
  const viewer = view(url, { webTransport: quicOpener({ connectQuic }), webSocket: nodeWebSocket, memory: new TransportMemory() });
  cleanup.push(() => viewer.close());
  await dropsAndComesBack(impairment, () => Promise.resolve(viewer.told()));
});

test.skipIf(!addon.available || executablePath === undefined)(
  "in Chromium, 5 % of loss over 200 ms costs no session, and UDP that is dropped in mid-play less than 3 s",
  { timeout: 60_000 },
  async () => {
    const { url, impairment } = await network();
    const pages = await serveSources("testing/fixtures/recovery-page.ts");
    cleanup.push(() => new Promise((resolve) => pages.close(resolve)));
    const browser = await chromium.launch({ executablePath: executablePath ?? "", args: [...chromiumArguments] });
    cleanup.push(() => browser.close());
    const page = await browser.newPage();
    await page.goto(pages.url);
    await page.waitForFunction(() => "view" in globalThis);
    type Page = { view(url: string): { told(): Viewing }; viewing: { told(): Viewing } };
    await page.evaluate((from) => {
      const here = globalThis as unknown as Page;
      here.viewing = here.view(from);
    }, url);
    const told = (): Promise<Viewing> => page.evaluate(() => (globalThis as unknown as Page).viewing.told());
    const frames = async (): Promise<number> => (await told()).seen["webtransport"]?.frames ?? 0;
    await until("frames over WebTransport", async () => (await frames()) >= 10);
    impairment.set({ delayMs: 100, loss: 0.05 }, { protocol: "udp" });
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(await frames()).toBeGreaterThan(100);
    expect((await told()).attempts).toEqual(["webtransport ok"]);
    impairment.set({ delayMs: 0, loss: 0 }, { protocol: "udp" });
    await dropsAndComesBack(impairment, told);
  },
);
