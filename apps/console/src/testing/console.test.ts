import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chromiumArguments, findChromium } from "../../../../scripts/support/chromium.ts";
import { buildConsole } from "./build-console.ts";
import { endless, hostile, many, stale, zero } from "./edge-scenarios.ts";
import { FixtureServer } from "./fixture-server.ts";
import type { Scenario } from "./scenario.ts";
import { empty, live } from "./scenarios.ts";

const executablePath = findChromium();
if (executablePath === undefined) {
  if (process.env["CI"] === "true") throw new Error("no Chromium found: install it, or name it with CHROMIUM_PATH");
  console.warn("skipped: the console's browser tests need Chromium (CHROMIUM_PATH, or chromium on PATH)");
}

const sessionHash = (scenario: Scenario): string => `#/sessions/${encodeURIComponent(scenario.sessions(0)[0]?.sessionId ?? "none")}`;
const views = ["#/now", "#/now?minutes=15", "#/sessions", "#/events", "#/metrics"];

describe.skipIf(executablePath === undefined)("the console in a browser", { timeout: 60_000 }, () => {
  let folder: string;
  let server: FixtureServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "moqscope-console-"));
    await buildConsole(folder);
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: [...chromiumArguments] });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    server = new FixtureServer(folder, live);
    await server.start();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await page.close();
    await server.stop();
  });

  const open = async (scenario: Scenario, hash: string): Promise<void> => {
    server.scenario = scenario;
    await page.goto(`${server.url}${hash}`);
    await page.locator('.link[data-link="live"]').waitFor();
  };
  const tile = (label: string) => page.locator(".tile").filter({ has: page.getByText(label, { exact: true }) });
  const overflow = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  it("says no data where there is none, and never 0", async () => {
    await open(empty, "#/now");
    await expect.poll(() => page.locator(".tile .value").allInnerTexts()).toEqual(Array.from({ length: 12 }, () => "no data"));
    expect(await page.locator(".empty-note strong").allInnerTexts()).toEqual(["no data:", "no data:", "no data:", "no data:"]);
    expect(await page.locator("console-chart .empty").count()).toBe(4);
    for (const hash of ["#/sessions", "#/events", "#/metrics", sessionHash(live)]) {
      await open(empty, hash);
      await page.locator(".empty-note strong").first().waitFor();
      expect(await page.locator(".empty-note strong").first().innerText()).toBe("no data:");
    }
    expect(complaints).toEqual([]);
  });

  it("shows a true zero as 0", async () => {
    await open(zero, "#/now");
    const links = page.getByRole("table", { name: "Network" });
    await expect
      .poll(() => links.locator("td").allInnerTexts())
      .toEqual(["relay, tcp_info", "0\u00a0s · 0\u00a0s", "0\u00a0%", expect.any(String)]);
    await expect.poll(() => tile("Viewers").locator(".value").innerText()).toBe("0");
    expect(await tile("Bits out").locator(".value").innerText()).toMatch(/^0\sbit\/s$/);
    expect(await tile("Stalls").locator(".value").innerText()).toBe("0");
    expect(await tile("Stall ratio").locator(".value").innerText()).toBe("no data");
    expect(await page.getByText("No broadcast is live.").count()).toBe(1);
  });

  it("marks stale figures in words and leaves fresh ones alone", async () => {
    await open(stale, "#/now");
    await expect.poll(() => tile("Viewers").locator(".age").innerText()).toMatch(/^stale\s40\ss$/);
    expect(await tile("Stalls").locator(".age").innerText()).toMatch(/^≤2\ss$/);
    expect(await tile("Stall ratio").getAttribute("data-bad")).toBe("bad");
    expect(await tile("Stall ratio").locator(".note").innerText()).toBe("above 7.2 %");
  });

  it("shows what changed within 2 s", async () => {
    await open(live, "#/now");
    await page.locator(".tile .digits").first().waitFor();
    server.scenario = { ...live, summary: (nowMs) => ({ ...live.summary(nowMs), viewers: { value: 777, atMs: nowMs } }) };
    const changedMs = Date.now();
    await page.getByText("777", { exact: true }).first().waitFor({ timeout: 5_000 });
    expect(Date.now() - changedMs).toBeLessThan(2_000);
  });

  it("fills the graphs with the past, in words too", async () => {
    await open(live, "#/now");
    const chart = page.locator("console-chart .canvas").first();
    await expect
      .poll(() => chart.getAttribute("aria-label"))
      .toMatch(/^Viewers, last 5 minutes\. viewers: now \d+, lowest 37, highest 55\.$/);
    await page.getByRole("button", { name: "15 min" }).click();
    await expect.poll(() => chart.getAttribute("aria-label")).toMatch(/last 15 minutes/);
    expect(page.url()).toContain("minutes=15");
  });

  it("says that the gateway is lost, marks everything stale and comes back by itself", async () => {
    await open(live, "#/now");
    await page.locator(".tile .digits").first().waitFor();
    await server.stop();
    await page.getByText("Connection to the gateway lost:").waitFor({ timeout: 6_000 });
    await expect.poll(() => tile("Viewers").locator(".age").innerText(), { timeout: 10_000 }).toMatch(/^stale/);
    await server.start();
    await page.locator('.link[data-link="live"]').waitFor({ timeout: 12_000 });
    await expect.poll(() => tile("Viewers").locator(".age").innerText()).toMatch(/^≤2/);
    expect(await page.getByText("Connection to the gateway lost:").count()).toBe(0);
  });

  it("treats what peers write as text", async () => {
    for (const hash of [...views, sessionHash(hostile)]) {
      await open(hostile, hash);
      await page.locator(".peer").first().waitFor();
      expect(await page.evaluate(() => "hacked" in globalThis)).toBe(false);
      expect(await page.locator("main img, main script").count()).toBe(0);
      expect(
        await page.locator("a").evaluateAll((links) => links.filter((link) => !(link.getAttribute("href") ?? "").startsWith("#")).length),
      ).toBe(0);
    }
    expect(complaints).toEqual([]);
  });

  it("opens a session's startup and log from its row, by keyboard", async () => {
    await open(live, "#/sessions");
    await page.locator(".row-link").first().focus();
    await page.keyboard.press("Enter");
    await page.getByText("first object").first().waitFor();
    expect(await page.locator(".waterfall tbody tr").count()).toBe(8);
    expect(await page.locator(".logs li").count()).toBeGreaterThan(0);
    await page.getByRole("link", { name: "← Sessions" }).click();
    await page.locator(".row-link").first().waitFor();
  });

  it("filters events by level and metrics by text, and keeps the filter in the address", async () => {
    await open(live, "#/events");
    await page.getByRole("button", { name: "error" }).click();
    // That nothing of other levels is there is true as well before anything is listed.
    const listed = (selector: string): Promise<number> => page.locator(`.logs ${selector}`).count();
    await expect.poll(async () => [await listed("li"), await listed("li:not([data-level=error])")]).toEqual([3, 0]);
    await page.getByRole("link", { name: "Metrics" }).click();
    await page.getByRole("searchbox").fill("startup browser=chrome");
    await expect.poll(() => page.locator("tr.group code.name").allInnerTexts()).toEqual(["moq.client.startup_time"]);
    await page.reload();
    await expect.poll(() => page.locator("tr.group").count()).toBe(1);
  });

  it("explains a figure from its question mark, by keyboard", async () => {
    await open(live, "#/now");
    await page.getByRole("button", { name: "What is Viewers?" }).first().focus();
    await page.keyboard.press("Enter");
    await page.locator(".hint-text:popover-open").getByText("moq.relay.active_subscribers").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator(".hint-text:popover-open").count()).toBe(0);
  });

  it("keeps the chosen theme", async () => {
    await open(live, "#/now");
    await page.getByRole("button", { name: "theme: auto" }).click();
    await page.getByRole("button", { name: "theme: light" }).click();
    await page.reload();
    await page.getByRole("button", { name: "theme: dark" }).waitFor();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(16, 19, 23)");
  });

  it.each([390, 1280])("does not scroll sideways at %d px, whatever there is to show", async (width) => {
    await page.setViewportSize({ width, height: 844 });
    for (const scenario of [live, empty, stale, many, hostile]) {
      for (const hash of [...views, sessionHash(scenario)]) {
        await open(scenario, hash);
        await page.locator(".peer, .empty-note strong").first().waitFor();
        expect(await overflow(), `${hash} with ${scenario === hostile ? endless.slice(0, 9) : "data"}`).toBe(0);
      }
    }
    expect(complaints).toEqual([]);
  });
});
