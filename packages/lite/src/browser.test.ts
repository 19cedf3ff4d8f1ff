import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumArguments, findChromium } from "../../../scripts/support/chromium.ts";
import { LocalBroadcast } from "./model/broadcast.ts";
import { Origin } from "./model/origin.ts";
import { toPath } from "./model/path.ts";
import { Track } from "./model/track.ts";
import { startSession } from "./session/start.ts";
import type { BrowserResult } from "./testing/fixtures/browser-page.ts";
import { expectedPayload } from "./testing/fixtures/payload.ts";
import { listen, type TestServer } from "./testing/fixtures/web-socket-pair.ts";

const executablePath = findChromium();
if (executablePath === undefined) {
  if (process.env["CI"] === "true") throw new Error("no Chromium found: install it, or name it with CHROMIUM_PATH");
  process.stderr.write("skipped: lite in a browser needs Chromium (CHROMIUM_PATH, or chromium on PATH)\n");
}
const groups = 200;
const framesPerGroup = 5;

describe.skipIf(executablePath === undefined)("in a browser", { timeout: 60_000 }, () => {
  const track = new Track({ name: "video" });
  let media: TestServer;
  let pages: Server;
  let browser: Browser;
  beforeAll(async () => {
    const origin = new Origin();
    const broadcast = new LocalBroadcast();
    broadcast.add(track);
    origin.publish(toPath("room/alice"), broadcast);
    media = await listen((transport) => void startSession(transport, { role: "server", publish: origin }));
    pages = await serveSources();
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: [...chromiumArguments] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await media?.close();
    await new Promise((resolve) => pages?.close(resolve));
  });

  test("a page subscribes over its own WebSocket and gets 200 groups, byte by byte", async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    const { port } = pages.address() as { readonly port: number };
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction(() => "watch" in globalThis);
    const watching = page.evaluate(
      ([url, wanted]) => (globalThis as unknown as { watch(from: string, count: number): Promise<BrowserResult> }).watch(url, wanted),
      [media.url.replace("http", "ws"), groups] as const,
    );
    while (track.readers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    let bytes = 0;
    for (let g = 0; g < groups; g++) {
      const group = track.createGroup();
      for (let f = 0; f < framesPerGroup; f++) {
        const payload = expectedPayload(g, f);
        bytes += payload.byteLength;
        group.append({ timestamp: g * 10 + f, payload });
      }
      group.finish();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await watching).toEqual({ kind: "websocket", framing: "qmux-02", groups, frames: groups * framesPerGroup, bytes });
    expect(complaints).toEqual([]);
    while (track.readers > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

/** The sources as modules a browser can load: nothing is bundled, only types are stripped. */
async function serveSources(): Promise<Server> {
  const root = new URL("./", import.meta.url);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    void (async () => {
      if (!path.endsWith(".ts")) {
        response.setHeader("content-type", "text/html");
        const icon = '<link rel="icon" href="data:,">';
        return response.end(`<!doctype html>${icon}<script type="module" src="/testing/fixtures/browser-page.ts"></script>`);
      }
      try {
        const source = await readFile(new URL(`.${path}`, root), "utf8");
        response.setHeader("content-type", "text/javascript");
        response.end(stripTypeScriptTypes(source));
      } catch {
        response.writeHead(404).end(); // The page complains, and the test with it.
      }
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
