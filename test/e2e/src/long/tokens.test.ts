import { createGateway, type Gateway } from "@moqscope/gateway";
import { generateKey, type Key, signToken } from "@moqscope/token";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumArguments, findChromium } from "../../../../scripts/support/chromium.ts";
import type { tokenRun } from "../page/token-page.ts";
import { type ServedPage, servePage } from "../support/bundled-page.ts";
import { GatewayApi } from "../support/gateway.ts";

const path = findChromium();
if (!path && process.env["CI"] === "true") throw new Error("CI=true and no Chromium: set CHROMIUM_PATH or install the package chromium");

const loopback = { host: "127.0.0.1", port: 0 };
const entry = new URL("../page/token-page.ts", import.meta.url).pathname;

describe.skipIf(!path)(
  "a page in Chromium at a gateway that asks for tokens (skipped where no Chromium is found: see scripts/test.ts)",
  () => {
    let browser: Browser;
    let page: ServedPage;
    let gateway: Gateway;
    let key: Key;
    const origin = (host: string): string => `http://${host}:${new URL(page.url).port}`;

    beforeAll(async () => {
      page = await servePage(entry);
      key = await generateKey("ES256");
      gateway = await createGateway({
        ingestListen: loopback,
        otlpListen: loopback,
        consoleListen: loopback,
        reportIntervalMs: 1000,
        allowOrigins: [origin("watch.example")],
        tokens: { keys: { find: () => Promise.resolve(key) } },
      });
      // names of foreign origins, all of this machine
      const args = [...chromiumArguments, "--host-resolver-rules=MAP *.example 127.0.0.1"];
      browser = await chromium.launch({ executablePath: path ?? "", args });
    });
    afterAll(async () => {
      await browser?.close();
      await gateway?.close();
      await page?.[Symbol.asyncDispose]();
    });

    const runAt = async (host: string, jwt: string): Promise<Awaited<ReturnType<typeof tokenRun>>> => {
      const tab = await browser.newPage();
      try {
        await tab.goto(origin(host));
        await tab.waitForFunction("globalThis.tokenRun !== undefined");
        return await tab.evaluate(
          ([endpoint, token]) => (globalThis as unknown as { tokenRun: typeof tokenRun }).tokenRun(endpoint ?? "", token ?? ""),
          [gateway.ingestUrl, jwt],
        );
      } finally {
        await tab.close();
      }
    };

    it("reports from an allowed origin with the token that its JWT is exchanged for, and from no other", async () => {
      const jwt = await signToken(key, { root: "demo", get: "" });
      const api = new GatewayApi(Number(new URL(gateway.consoleUrl).port));
      const attempts = (): Promise<number | undefined> => api.sum("moq.client.play_attempts");
      expect(await runAt("watch.example", jwt)).toEqual({
        told: [],
        readable: { "moq-gateway": gateway.id, "moq-report-interval": "1000", "x-content-type-options": null },
      });
      expect(await attempts()).toBe(1);
      expect((await runAt("evil.example", jwt)).readable).toBeUndefined();
      const foreign = await signToken(key, { root: "other", get: "" });
      expect((await runAt("watch.example", foreign)).told).toContain("token_refused");
      expect(await attempts()).toBe(1);
    });
  },
);
