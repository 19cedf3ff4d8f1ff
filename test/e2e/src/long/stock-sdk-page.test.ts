import { fileURLToPath } from "node:url";
import { createGateway, type Gateway } from "@moqscope/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../../scripts/support/chromium.ts";
import type { StockRun, stockRun } from "../page/stock-page.ts";
import { launchBrowser } from "../support/browser.ts";
import { type ServedPage, servePage } from "../support/bundled-page.ts";
import { StockGateway, stockWays } from "../support/stock-gateway.ts";

const path = findChromium();
if (!path && process.env["CI"] === "true") throw new Error("CI=true and no Chromium: set CHROMIUM_PATH or install the package chromium");

const loopback = { host: "127.0.0.1", port: 0 };
const entry = fileURLToPath(new URL("../page/stock-page.ts", import.meta.url));

describe.skipIf(!path)("the stock SDK of OpenTelemetry in Chromium exports to the trusted listener, unmodified", () => {
  let gateway: Gateway;
  let page: ServedPage;
  let asked: StockGateway;
  beforeAll(async () => {
    page = await servePage(entry);
    gateway = await createGateway({
      ingestListen: loopback,
      otlpListen: loopback,
      consoleListen: loopback,
      otlpAllowOrigins: [page.origin],
    });
    asked = new StockGateway(gateway);
  });
  afterAll(async () => {
    await gateway?.close();
    await page?.[Symbol.asyncDispose]();
  });

  it("in both formats and temporalities, from a page of a named origin, and the query API answers exactly what was recorded", async () => {
    const browser = await launchBrowser(path ?? "");
    try {
      const tab = await browser.newPage();
      const answers: string[] = [];
      tab.on("response", (answer) => {
        if (answer.url().startsWith(gateway.otlpUrl)) answers.push(`${answer.request().method()} ${answer.status()}`);
      });
      await tab.goto(page.url);
      for (const way of stockWays) {
        const run: StockRun = { base: gateway.otlpUrl, ...way, service: `page-${way.format}-${way.temporality}` };
        const spans = await tab.evaluate((given) => (globalThis as unknown as { stockRun: typeof stockRun }).stockRun(given), run);
        await asked.arrived(run.service, spans);
      }
      // Metrics twice, spans and log records once, each way.
      expect(answers).toEqual(Array.from({ length: stockWays.length * 4 }, () => "POST 200"));
    } finally {
      await browser.close();
    }
  });

  it("but not from a page of another origin: the browser asks first and is told no", async () => {
    await using stranger = await servePage(entry);
    const browser = await launchBrowser(path ?? "");
    try {
      const tab = await browser.newPage();
      const failed: string[] = [];
      tab.on("requestfailed", (request) => failed.push(new URL(request.url()).pathname));
      await tab.goto(stranger.url);
      const run: StockRun = { base: gateway.otlpUrl, format: "json", temporality: "cumulative", service: "stranger" };
      // Exporters try again until their time is over: the page is left before that.
      void tab.evaluate((given) => (globalThis as unknown as { stockRun: typeof stockRun }).stockRun(given), run).catch(() => {});
      await expect.poll(() => failed, { timeout: 20_000 }).toContain("/v1/metrics");
      expect((await asked.metricsOf("stranger")).size).toBe(0);
    } finally {
      await browser.close();
    }
  });
});
