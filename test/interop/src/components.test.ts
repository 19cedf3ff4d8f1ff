import { publishFile, readTimecode } from "@moqscope/cli";
import { createRelay, type Relay } from "@moqscope/relay";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumArguments, findChromium } from "../../../scripts/support/chromium.ts";
import { publishPlays } from "./components.ts";
import { type Pages, servePages } from "./support/bundle.ts";
import { contrast, difference, pixelsOf } from "./support/pixels.ts";

const executablePath = findChromium();
if (!executablePath && process.env["CI"] === "true")
  throw new Error("CI=true and no Chromium: set CHROMIUM_PATH or install the package chromium");

/** The time code of docs/sample.md lies in the topmost rows. */
const timecode = { strip: 1 / 32, width: 128, height: 4 };
const whole = { strip: 0, width: 16, height: 12 };

describe.skipIf(!executablePath)("released web components through our relay (skipped where no Chromium is found)", () => {
  let pages: Pages;
  let relay: Relay;
  let browser: Browser;
  const complaints: string[] = [];
  beforeAll(async () => {
    pages = await servePages();
    relay = await createRelay({ listen: { host: "127.0.0.1", port: 0 }, adminListen: false });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await relay?.close();
    await pages?.close();
  });
  const open = async (component: string, attributes: Record<string, string>): Promise<Page> => {
    const page = await (await browser.newContext({ viewport: { width: 800, height: 600 } })).newPage();
    page.on("pageerror", (error) => complaints.push(`${component}: ${error.message}`));
    await page.goto(pages.address(component, { url: relay.url, ...attributes }));
    return page;
  };

  test("@moq/watch 0.4.6 shows the moving time code that our publisher sends", async () => {
    const stop = new AbortController();
    const publishing = publishFile({ file: "sample", url: relay.url, broadcast: "sample.hang", loop: true, signal: stop.signal });
    const page = await open("moq-watch", { name: "sample.hang", muted: "" });
    const seen = new Set<number>();
    const look = async (): Promise<number> => {
      const strip = await pixelsOf(page, timecode);
      const frame = strip && readTimecode(strip);
      if (frame !== undefined) seen.add(frame);
      return seen.size;
    };
    await expect.poll(look, { timeout: 15_000, interval: 20 }).toBeGreaterThan(20);
    await page.context().close();
    stop.abort();
    const { tracks } = await publishing;
    // What it shows are pictures that were sent, in the order of their numbers.
    const shown = [...seen];
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(Math.max(...shown)).toBeLessThan(Math.max(...tracks.map(({ frames }) => frames)));
    expect(complaints).toEqual([]);
  });

  test.skipIf(!publishPlays)("our player shows the camera that @moq/publish 0.2.17 sends, and hears its microphone", async () => {
    const publisher = await open("moq-publish", { name: "camera.hang", source: "camera" });
    const page = await open("hang-watch", { name: "camera.hang" });
    const closeness = async (): Promise<number> => {
      const [sent, shown] = await Promise.all([pixelsOf(publisher, whole), pixelsOf(page, whole)]);
      return sent && shown && contrast(sent) > 30 && contrast(shown) > 30 ? difference(sent, shown) : Number.POSITIVE_INFINITY;
    };
    await expect.poll(closeness, { timeout: 15_000, interval: 100 }).toBeLessThan(20);
    const stats = (): Promise<{ rendered: number; heard: number } | undefined> =>
      page.evaluate(() => {
        const element = document.querySelector("hang-watch") as unknown as {
          stats(): { frames: { video: { rendered: number } }; audio: { decodedFrames: number } } | undefined;
        };
        const now = element.stats();
        return now && { rendered: now.frames.video.rendered, heard: now.audio.decodedFrames };
      });
    const before = await stats();
    await expect.poll(async () => (await stats())?.rendered, { timeout: 10_000 }).toBeGreaterThan((before?.rendered ?? 0) + 20);
    await expect.poll(async () => (await stats())?.heard, { timeout: 10_000 }).toBeGreaterThan((before?.heard ?? 0) + 20);
    await publisher.context().close();
    await page.context().close();
    expect(complaints).toEqual([]);
  });
});

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath ?? "",
    args: [
      ...chromiumArguments,
      // Two pages play at once, and only one is in front.
      "--disable-backgrounding-occluded-windows",
      "--disable-renderer-backgrounding",
      "--disable-background-timer-throttling",
      // The camera and the microphone of Chromium itself, allowed without asking.
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  });
}
