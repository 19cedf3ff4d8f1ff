import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { createGateway } from "@moqscope/gateway";
import { createImpairment } from "@moqscope/impairment";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { chromiumArguments, findChromium } from "../../../scripts/support/chromium.ts";
import { startStack } from "../../../test/e2e/src/support/stack.ts";
import type { RecordedReport } from "./recording.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const reportIntervalMs = 10_000;
const watchedMs = 125_000;

/**
 * Records what three viewers in Chromium report of the broadcast of `pnpm dev`, at the interval of production: one who watches two
 * minutes, one whose network stops now and then, and one who leaves early. Every request passes on to a real gateway, whose answers the
 * players follow.
 */
export async function record(say: (line: string) => void): Promise<RecordedReport[]> {
  const path = findChromium();
  if (path === undefined) throw new Error("recording needs Chromium: set CHROMIUM_PATH or install it");
  await using stack = await startStack(["--no-quic"]);
  const origin = `http://localhost:${stack.ports.demo}`;
  await using gateway = await createGateway({
    ingestListen: loopback,
    otlpListen: loopback,
    consoleListen: loopback,
    reportIntervalMs,
    allowOrigins: [origin],
  });
  await using ear = await listen(gateway.ingestUrl);
  await using network = await createImpairment({ to: { ...loopback, port: stack.ports.relay }, tcp: loopback, udp: loopback });
  const browser = await chromium.launch({ executablePath: path, args: [...chromiumArguments] });
  try {
    const watch = viewer(browser, `${origin}/`, ear.url);
    say("three viewers, two minutes");
    await Promise.all([
      watch({}, watchedMs),
      watch({ rendition: "video/360p" }, 14_000),
      watch({ url: `http://127.0.0.1:${network.port}` }, watchedMs),
      stutter(network),
    ]);
    await wait(1_000);
  } finally {
    await browser.close();
  }
  return numbered(ear.heard);
}

/** Stops the network for a few seconds every twenty. */
async function stutter(network: { set(settings: { blackhole: boolean }): void }): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await wait(20_000);
    network.set({ blackhole: true });
    await wait(1_000 + round * 500);
    network.set({ blackhole: false });
  }
}

function viewer(browser: Browser, base: string, telemetry: string): (query: Record<string, string>, ms: number) => Promise<void> {
  return async (query, ms) => {
    const page = await (await browser.newContext({ viewport: { width: 640, height: 400 } })).newPage();
    await page.goto(`${base}?${new URLSearchParams({ telemetry, ...query }).toString()}`);
    await wait(ms);
    // as a viewer leaves: the page is hidden and says its last word
    await page.close({ runBeforeUnload: true });
  };
}

interface Heard extends Omit<RecordedReport, "session"> {
  readonly id: string;
}

/** Hands every request on to the gateway and its answer back, and keeps the reports that it took. */
async function listen(target: string): Promise<AsyncDisposable & { readonly url: string; readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await read(request);
      const headers = headersOf(request);
      const { host: _, "content-length": __, connection: ___, ...passed } = headers;
      const method = request.method ?? "GET";
      const answer = await fetch(`${target}${request.url}`, {
        method,
        headers: passed,
        body: method === "POST" ? new Uint8Array(body) : null,
      });
      if (request.url === "/v1/metrics" && method === "POST" && answer.headers.get("moq-resync") === null)
        heard.push({ id: headers["moq-session"] ?? "", atMs: Math.round(performance.now()), headers, body: inflated(headers, body) });
      const given = [...answer.headers].filter(([name]) => !["content-length", "connection", "transfer-encoding"].includes(name));
      response.writeHead(answer.status, Object.fromEntries(given)).end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

function inflated(headers: Readonly<Record<string, string>>, body: Buffer): string {
  return (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}

function numbered(heard: readonly Heard[]): RecordedReport[] {
  const sessions = [...new Set(heard.map(({ id }) => id))];
  return heard.map(({ id, ...report }) => ({ session: sessions.indexOf(id), ...report }));
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
