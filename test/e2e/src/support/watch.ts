import { createImpairment } from "@moqscope/impairment";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findChromium } from "../../../../scripts/support/chromium.ts";
import { launchBrowser } from "./browser.ts";
import { everyMetricIsRecorded, showsThePictureMoving, soundIsDecoded, startupAgrees, transportAgrees } from "./checks.ts";
import { eventually, GatewayApi } from "./gateway.ts";
import { type Stack, startStack } from "./stack.ts";
import { Watcher } from "./watcher.ts";
import type { Way } from "./ways.ts";

const path = findChromium();
if (!path && process.env["CI"] === "true") throw new Error("CI=true and no Chromium: set CHROMIUM_PATH or install the package chromium");

const loopback = { host: "127.0.0.1", port: 0 };
/** What the relay's gauges say while only the publisher of `dev` is there: each must return to it, however viewers leave. */
const alone = {
  "moq.relay.active_connections": 1,
  "moq.relay.active_subscribers": 0,
  "moq.relay.active_subscriptions": 0,
  "moq.relay.upstream_subscriptions": 0,
  "moq.relay.broadcast.subscribers": 0,
};

/** The first minute of a newcomer and of an audience, over one transport: pictures, figures, viewers that come and go. */
export function watching({ transport, args, missing }: Way): void {
  describe.skipIf(!path)(`a viewer in Chromium on ${transport} (skipped where no Chromium is found: see scripts/test.ts)`, () => {
    let stack: Stack;
    let browser: Browser;
    let gateway: GatewayApi;
    beforeEach(({ skip }) => {
      if (missing !== undefined) skip(missing);
    });
    beforeAll(async () => {
      if (missing !== undefined) return;
      stack = await startStack(args);
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
      await transportAgrees(first, gateway, transport);
      await startupAgrees(first, gateway);
      await everyMetricIsRecorded(gateway, transport);

      await using network = await createImpairment({ to: { ...loopback, port: stack.ports.relay }, tcp: loopback, udp: loopback });
      const small = await openSmall([...Array.from({ length: 9 }, () => ({})), { url: `http://127.0.0.1:${network.port}` }]);
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

    it("shows its figures over the picture, latency from capture included, and gives them away as JSON", async () => {
      const { page } = await open();
      const overlay = page.locator("hang-stats");
      await page.click("#more");
      const row = (label: string): Promise<string> => overlay.locator(`dt:text-is("${label}") + dd`).innerText();
      const latency = await eventually(
        () => row("Camera to screen"),
        (text) => /^\d+ ± \d+ ms$/.test(text),
        30_000,
      );
      // the gateway says of itself that it may be 50 ms off, to each side
      const [, ms = Number.NaN, uncertaintyMs = Number.NaN] = (/^(\d+) ± (\d+) ms$/.exec(latency) ?? []).map(Number);
      expect(uncertaintyMs).toBeGreaterThanOrEqual(100);
      expect(ms).toBeGreaterThan(200 - uncertaintyMs);
      expect(await row("State")).toBe("playing");
      const about = (await page.evaluate(() => (document.querySelector("hang-stats") as unknown as { report(): unknown }).report())) as {
        readonly stats: { readonly state: string };
        readonly seconds: readonly unknown[];
      };
      expect(about.stats.state).toBe("playing");
      expect(about.seconds.length).toBeGreaterThan(0);
      await page.locator("hang-watch").press("i");
      expect(await overlay.isHidden()).toBe(true);
      await page.context().close();
    });

    it("plays on undisturbed when the telemetry address is dead", async () => {
      const watcher = await open({ telemetry: "http://localhost:9" });
      await showsThePictureMoving(watcher);
      expect((await watcher.stats()).state).toBe("playing");
      await watcher.page.context().close();
    });
  });
}

/** Ends the tab's process as a crash does: nothing of the page runs any more, not even its farewell. */
async function kill(watcher: Watcher | undefined): Promise<void> {
  const crashed = watcher?.page.waitForEvent("crash");
  const session = await watcher?.page.context().newCDPSession(watcher.page);
  void session?.send("Page.crash").catch(() => undefined); // A tab that is dead does not answer: the event tells.
  await crashed;
}
