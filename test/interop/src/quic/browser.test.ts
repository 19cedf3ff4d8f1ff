import type { Transport } from "@moqscope/lite";
import { transportConformance } from "@moqscope/lite/testing";
import { type QuicServer, quicAvailable } from "@moqscope/quic";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageCaseResult } from "../../../../packages/lite/src/testing/fixtures/web-transport-page.ts";
import { chromiumArguments, findChromium } from "../../../../scripts/support/chromium.ts";
import { listen, type PinnedCertificate, pinnedCertificate } from "./quic-pair.ts";
import { serveSources } from "./serve-sources.ts";
import { splice } from "./splice.ts";

const addon = quicAvailable();
const executablePath = findChromium();
const missing = addon.available ? (executablePath === undefined ? "Chromium is not here" : undefined) : addon.reason;
if (missing !== undefined) process.stderr.write(`skipped: WebTransport of a browser: ${missing}\n`);

/** The names alone: the cases run in the page. */
const names = transportConformance(() => Promise.reject(new Error("runs in the page"))).map(({ name }) => name);

/** What Chromium 156 does not do, by case, with what the case then finds. */
const defects: Readonly<Record<string, string>> = { "a code above 255 arrives as it was given": "255 is not 70000" };

describe.skipIf(missing !== undefined)("WebTransport of Chromium, at both ends of a link", { timeout: 60_000 }, () => {
  let tls: PinnedCertificate;
  let server: QuicServer & { readonly port: number };
  let pages: Awaited<ReturnType<typeof serveSources>>;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const waiting = new Map<string, Transport>();
    tls = await pinnedCertificate();
    server = await listen(tls, (transport, url) => {
      const pair = new URL(url).search;
      const other = waiting.get(pair);
      waiting.delete(pair);
      if (other) splice(other, transport);
      else waiting.set(pair, transport);
    });
    pages = await serveSources("testing/fixtures/web-transport-page.ts");
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: [...chromiumArguments] });
    page = await browser.newPage();
    await page.goto(pages.url);
    await page.waitForFunction(() => "conform" in globalThis);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await new Promise((resolve) => pages?.close(resolve));
  });
  test.each(names)("%s", async (name) => {
    const results = await page.evaluate(
      ([url, hash, only]) =>
        (globalThis as unknown as { conform(url: string, hash: readonly number[], only: string): Promise<PageCaseResult[]> }).conform(
          url,
          hash,
          only,
        ),
      [`https://127.0.0.1:${server.port}/link`, [...tls.sha256], name] as const,
    );
    const defect = defects[name];
    expect(results).toEqual([defect ? { name, failure: defect } : { name }]);
  });
});
