import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chromiumArguments, findChromium } from "../../../../scripts/support/chromium.ts";

const executablePath = findChromium();
if (executablePath === undefined) {
  if (process.env["CI"] === "true") throw new Error("no Chromium found: install it, or name it with CHROMIUM_PATH");
  console.warn("skipped: the player's browser tests need Chromium (CHROMIUM_PATH, or chromium on PATH)");
}

describe.skipIf(executablePath === undefined)("the player in a browser", { timeout: 60_000 }, () => {
  let folder: string;
  let server: PreviewServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    folder = await mkdtemp(join(tmpdir(), "moqscope-player-"));
    const input = join(root, "src/testing/rig.html");
    await build({ root, logLevel: "silent", build: { outDir: folder, emptyOutDir: true, rollupOptions: { input } } });
    server = await preview({
      root,
      logLevel: "silent",
      build: { outDir: folder },
      preview: { host: "127.0.0.1", port: 0, strictPort: false },
    });
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: [...chromiumArguments] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 800, height: 600 } });
    complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    const address = server.httpServer?.address();
    await page.goto(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/src/testing/rig.html`);
    await page.waitForFunction(() => window.rig?.player.state === "playing", undefined, { timeout: 30_000 });
  });
  afterEach(() => page.close());

  const stats = async () => {
    const found = await page.evaluate(() => window.rig?.stats());
    if (!found) throw new Error("the page has no player");
    return found;
  };
  const metric = (name: string, attributes?: Record<string, string>) =>
    page.evaluate(([key, values]) => window.rig?.metric(key, values), [name, attributes] as const);

  it("decodes and paints VP9 with moving pixels and lets Opus be heard, at the target latency", async () => {
    const [red, , blue, ...size] = (await page.evaluate(() => window.rig?.pixel())) ?? [];
    expect(size).toEqual([320, 180]);
    expect(blue).toBeGreaterThan(120);
    expect(red).toBeLessThan(60);
    const rendered = async (): Promise<number> => (await stats()).frames.video.rendered;
    const before = await rendered();
    await expect.poll(rendered, { timeout: 10_000 }).toBeGreaterThan(before + 40);
    await expect.poll(async () => (await stats()).audio.level ?? 0).toBeGreaterThan(0.1);
    await expect.poll(async () => (await stats()).liveEdgeMs ?? 0).toBeGreaterThan(250);
    const { phases, startupMs, audio } = await stats();
    expect(audio.playing).toBe(true);
    expect(Object.values(phases ?? {}).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(startupMs ?? -1, 3);
    expect(complaints).toEqual([]);
  });
  it("counts a publisher's silence of 1.5 s as exactly one stall of that length, ±50 ms", async () => {
    await page.waitForTimeout(1000);
    const truth = (await page.evaluate(() => window.rig?.silence(1500))) ?? Number.NaN;
    expect(truth).toBeGreaterThanOrEqual(1450);
    // A busy machine may add stalls of its own, which are short.
    const long = () => page.evaluate(() => window.rig?.stalls().filter((ms) => ms > 800) ?? []);
    await expect.poll(async () => (await long()).length, { timeout: 10_000 }).toBe(1);
    const [measured = Number.NaN] = await long();
    expect(Math.abs(measured - truth), `measured ${measured} ms of ${truth} ms`).toBeLessThanOrEqual(50);
    const { stalls } = await stats();
    expect(await metric("moq.client.rebuffer_count")).toBe(stalls.count);
    expect(await metric("moq.client.rebuffer_time")).toBeCloseTo(stalls.seconds, 1);
  });
  it("hears what belongs to the picture, and counts sound that is left out as silence of that length, ±50 ms", async () => {
    await expect.poll(async () => (await stats()).syncDriftMs).toBeDefined();
    const drifts = await page.evaluate(async () => {
      const seen: number[] = [];
      for (let sample = 0; sample < 40; sample++) {
        const { syncDriftMs } = window.rig?.stats() ?? {};
        if (syncDriftMs !== undefined) seen.push(syncDriftMs);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return seen.sort((a, b) => a - b);
    });
    expect(drifts.length).toBeGreaterThan(20);
    expect(Math.abs(drifts[drifts.length >> 1] ?? Number.NaN), drifts.join(" ")).toBeLessThan(45);
    const before = (await metric("moq.client.audio_concealed_time")) ?? 0;
    await page.evaluate(() => window.rig?.hush(600));
    await expect
      .poll(async () => (await metric("moq.client.audio_concealed_time")) ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(before + 0.5);
    await page.waitForTimeout(2000);
    const concealed = ((await metric("moq.client.audio_concealed_time")) ?? 0) - before;
    expect(Math.abs(concealed - 0.6), `${concealed} s`).toBeLessThanOrEqual(0.05);
    const drift = await page.evaluate(() => window.rig?.observed("moq.client.av_sync_drift"));
    expect(drift?.count).toBeGreaterThan(2);
  });
  it("switches to another rendition and back and counts each once", async () => {
    await page.evaluate(() => {
      if (window.rig) window.rig.player.rendition = "hd";
    });
    await page.waitForFunction(() => window.rig?.stats().rendition === "hd");
    const pixel = await page.evaluate(() => window.rig?.pixel());
    expect(pixel?.slice(3)).toEqual([640, 360]);
    expect(pixel?.[0]).toBeGreaterThan(120);
    await page.evaluate(() => {
      if (window.rig) window.rig.player.rendition = "sd";
    });
    await page.waitForFunction(() => window.rig?.stats().rendition === "sd");
    expect(await metric("moq.client.quality_switches", { direction: "up", trigger: "user" })).toBe(1);
    expect(await metric("moq.client.quality_switches", { direction: "down", trigger: "user" })).toBe(1);
    expect(await metric("moq.client.play_attempts")).toBe(1);
  });
  it("lets go of tracks and session when it is closed", async () => {
    await page.waitForFunction(() => (window.rig?.stats().groups.video.complete ?? 0) > 1);
    await page.evaluate(() => window.rig?.player.close());
    await expect.poll(() => page.evaluate(() => window.rig?.left())).toEqual({ readers: 0, sessionClosed: true });
    const { groups } = await stats();
    expect(groups.video.complete).toBeGreaterThan(0);
    expect(await metric("moq.client.sessions_ended", { reason: "quit" })).toBe(1);
    expect(complaints).toEqual([]);
  });
});
