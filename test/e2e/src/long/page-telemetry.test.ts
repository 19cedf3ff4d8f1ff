import { fileURLToPath } from "node:url";
import { createGateway, type Gateway } from "@moqscope/gateway";
import type { LogsAnswer, TracesAnswer } from "@moqscope/telemetry/query";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChromium } from "../../../../scripts/support/chromium.ts";
import type { TelemetryPage } from "../page/telemetry-page.ts";
import { launchBrowser } from "../support/browser.ts";
import { type ServedPage, servePage } from "../support/bundled-page.ts";
import { eventually, GatewayApi } from "../support/gateway.ts";

const path = findChromium();
if (!path && process.env["CI"] === "true") throw new Error("CI=true and no Chromium: set CHROMIUM_PATH or install the package chromium");

const loopback = { host: "127.0.0.1", port: 0 };
const entry = fileURLToPath(new URL("../page/telemetry-page.ts", import.meta.url));
type Global = typeof globalThis & { readonly telemetryPage: TelemetryPage };

describe.skipIf(!path)("the telemetry of a page in Chromium, at a gateway", () => {
  let browser: Browser;
  let page: ServedPage;
  let gateway: Gateway;
  let api: GatewayApi;
  beforeAll(async () => {
    [browser, page] = await Promise.all([launchBrowser(path ?? ""), servePage(entry)]);
  });
  beforeEach(async () => {
    gateway = await createGateway({ ingestListen: loopback, otlpListen: loopback, consoleListen: loopback });
    api = new GatewayApi(Number(new URL(gateway.consoleUrl).port));
    return () => gateway.close();
  });
  afterAll(async () => {
    await browser?.close();
    await page?.[Symbol.asyncDispose]();
  });

  it("is told whole when the viewer goes elsewhere: the closing report, spans and events are there within a second", async () => {
    const { tab, session } = await play(50);
    const leftMs = performance.now();
    await tab.goto("about:blank");
    await frames(50);
    expect(performance.now() - leftMs).toBeLessThan(1_000 + patienceMs);
    const { spans } = await ask<TracesAnswer>("api/traces");
    const { logs } = await ask<LogsAnswer>("api/logs");
    expect(spans).toMatchObject([{ name: "moq.rebuffer", service: "moq-player", attributes: { "session.id": session } }]);
    expect(logs.find(({ service }) => service === "moq-player")).toMatchObject({ event: "moq.player.state" });
    await tab.close();
  });

  it("is told when its tab is closed, and counted once", async () => {
    const { tab } = await play(7);
    await tab.close({ runBeforeUnload: true });
    await frames(7);
    expect(await api.sum("moq.client.startup_time")).toBe(1);
  });

  it("goes on with its session after the back/forward cache, or ends with it: what was told is counted once", async () => {
    const { tab } = await play(50);
    await tab.goto("about:blank");
    await frames(50);
    await tab.goBack();
    const isBack = await tab.evaluate(() => (globalThis as Global).telemetryPage.telemetry !== undefined);
    // Where the browser keeps no page, there is a new one without a session.
    if (isBack) {
      await tab.evaluate(async () => {
        (globalThis as Global).telemetryPage.play(3);
        await (globalThis as Global).telemetryPage.telemetry?.flush("state");
      });
      await frames(53);
    }
    await tab.close();
  });

  it("sends nothing under Global Privacy Control", async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    const { tab, requests } = await play(5, await context.newPage());
    await tab.goto("about:blank");
    expect(requests).toEqual([]);
    await context.close();
  });

  it("plays on without a word in the console when the gateway answers, and without an exception when it does not", async () => {
    const tab = await browser.newPage();
    const said: string[] = [];
    const thrown: string[] = [];
    tab.on("console", (message) => said.push(message.text()));
    tab.on("pageerror", (error) => thrown.push(error.message));
    await play(1, tab);
    await tab.evaluate(() => (globalThis as Global).telemetryPage.telemetry?.close());
    expect(said).toEqual([]);
    await tab.goto(page.url);
    await tab.evaluate(async () => {
      (globalThis as Global).telemetryPage.start("http://127.0.0.1:9");
      (globalThis as Global).telemetryPage.play(1);
      await (globalThis as Global).telemetryPage.telemetry?.close();
    });
    expect(thrown).toEqual([]);
    await tab.close();
  });

  /** The gateway is asked each 200 ms, on a machine that does much else. */
  const patienceMs = 1_000;
  const frames = (count: number): Promise<number | undefined> =>
    eventually(
      () => api.sum("moq.client.frames_received"),
      (sum) => sum === count,
      5_000,
      `${count} frames`,
    );
  async function ask<T>(question: string): Promise<T> {
    return (await (await fetch(`${gateway.consoleUrl}/${question}`)).json()) as T;
  }
  /** Starts a session in a page and lets it play. */
  async function play(count: number, given?: Page): Promise<{ tab: Page; session: string; requests: string[] }> {
    const tab = given ?? (await browser.newPage());
    const requests: string[] = [];
    tab.on("request", (request) => {
      if (request.url().startsWith(gateway.ingestUrl)) requests.push(request.url());
    });
    await tab.goto(page.url);
    const session = await tab.evaluate((endpoint) => (globalThis as Global).telemetryPage.start(endpoint), gateway.ingestUrl);
    await tab.evaluate((frameCount) => (globalThis as Global).telemetryPage.play(frameCount), count);
    // Its first answers tell the gateway's id and that no token is needed, as in any session that lasts longer than a moment.
    await tab.waitForTimeout(500);
    return { tab, session, requests };
  }
});
