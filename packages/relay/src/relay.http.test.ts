import { X509Certificate } from "node:crypto";
import { connect, type WebSocketConstructor } from "@moqscope/lite";
import { afterEach, expect, test } from "vitest";
import { WebSocket as Socket } from "ws";
import { loadCertificate } from "./net/certificate.ts";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { wire } from "./testing/wire.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const started = await startRelay(options);
  open.push(started.relay);
  return started;
}
async function ask(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}
/** The HTTP status with which an upgrade is refused. */
function refused(url: string, protocols: string[]): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new Socket(url.replace("http", "ws"), protocols);
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
    socket.on("open", () => reject(new Error("was accepted")));
    socket.on("error", () => {});
  });
}

test("the public listener answers its endpoints, with CORS, and knows no metrics", async () => {
  const { relay } = await start();
  expect(await ask(`${relay.url}/health`)).toEqual([200, "ok\n"]);
  expect((await fetch(`${relay.url}/health`)).headers.get("access-control-allow-origin")).toBe("*");
  expect((await ask(`${relay.url}/certificate.sha256`))[0]).toBe(404);
  expect(await ask(`${relay.url}/announced`)).toEqual([200, ""]);
  const [status, page] = await ask(`${relay.url}/`);
  expect([status, page.includes("MoQ relay")]).toEqual([404, true]);
  expect((await ask(`${relay.url}/metrics`))[0]).toBe(404);
  expect((await ask(`${relay.url}/sessions`))[0]).toBe(404);
  expect((await ask(`${relay.url}/%ff`))[0]).toBe(400);
  expect((await ask(`${relay.url}/health`, { method: "POST" }))[0]).toBe(405);
});

test("/announced lists what is live below its prefix, relative to it", async () => {
  const { relay } = await start();
  for (const path of ["room/b", "room/a", "roommate/c", "d"]) await join(relay, "", new TestPublisher(path).origin);
  await until(() => relay.origin.paths.length === 4);
  expect(await ask(`${relay.url}/announced`)).toEqual([200, "d\nroom/a\nroom/b\nroommate/c"]);
  expect(await ask(`${relay.url}/announced/room/`)).toEqual([200, "a\nb"]);
  expect(await ask(`${relay.url}/announced/nothing`)).toEqual([200, ""]);
});

test("the admin listener shows metrics, readiness and each session", async () => {
  const { relay } = await start({ metricsText: () => "up 1\n", node: "n1", region: "r1" });
  const publisher = new TestPublisher("show");
  await join(relay, "room", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  const viewer = await TestViewer.watch(await join(relay), "room/show");
  const bytes = publisher.group(["some payload"]);
  await until(() => viewer.bytes === bytes);
  expect(await ask(`${relay.adminUrl}/metrics`)).toEqual([200, "up 1\n"]);
  expect(await ask(`${relay.adminUrl}/health`)).toEqual([200, "ok\n"]);
  expect(await ask(`${relay.adminUrl}/ready`)).toEqual([200, "ok\n"]);
  expect((await ask(`${relay.adminUrl}/announced`))[0]).toBe(404);
  const shown: unknown = await (await fetch(`${relay.adminUrl}/sessions`)).json();
  expect(shown).toMatchObject({
    node: "n1",
    region: "r1",
    sessions: [
      { root: "room", broadcasts: ["room/show"], subscriptions: 0, transport: "websocket", framing: "qmux-02", version: "moq-lite-05" },
      { root: "", broadcasts: [], subscriptions: 1, remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    ],
  });
});

test("TLS and plain sockets share the port; without WebTransport no client is told to pin anything", async () => {
  const certificate = await loadCertificate({ generate: ["localhost", "127.0.0.1"] });
  const { relay, recorder } = await start({ tls: { cert: certificate.cert, key: certificate.key }, webTransport: "off" });
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  class Trusting extends Socket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { ca: certificate.cert });
    }
  }
  const session = await connect(relay.url.replace("http:", "https:"), { webSocket: Trusting as unknown as WebSocketConstructor });
  const viewer = await TestViewer.watch(session, "show");
  publisher.group(["over TLS"]);
  await until(() => viewer.groups.size === 1);
  expect(relay.certificateSha256).toBe(new X509Certificate(certificate.cert).fingerprint256.replaceAll(":", "").toLowerCase());
  expect((await ask(`${relay.url}/certificate.sha256`))[0]).toBe(404);
  const seconds = recorder.value("moq.relay.certificate_expiry") ?? 0;
  expect(seconds / 86_400).toBeGreaterThan(13);
  expect(seconds / 86_400).toBeLessThan(14);
});

test("without TLS nothing is said of a certificate", async () => {
  const { recorder } = await start();
  expect(recorder.value("moq.relay.certificate_expiry")).toBeUndefined();
});

test("what an old publisher sends over a socket that offered nothing is served to a viewer of today", async () => {
  class Silent extends Socket {
    constructor(url: string) {
      super(url);
    }
  }
  const { relay } = await start();
  const publisher = new TestPublisher("show");
  const old = await connect(`${relay.url}/room`, { webSocket: Silent as unknown as WebSocketConstructor, publish: publisher.origin });
  expect([old.version, old.transport.framing]).toEqual(["moq-lite-02", "webtransport"]);
  await until(() => relay.origin.paths.length === 1);
  const viewer = await TestViewer.watch(await join(relay), "room/show");
  const bytes = publisher.group(["some payload", "and more"]);
  await until(() => viewer.bytes === bytes);
  old.close();
  await until(() => relay.origin.paths.length === 0);
});

test("an upgrade is refused by status: 400 without a subprotocol of ours, 503 over a limit", async () => {
  const { relay, recorder } = await start({ limits: { maxSessionsPerAddress: 1 } });
  expect(await refused(relay.url, ["qmux-02.moqt-17"])).toBe(400);
  expect(await refused(relay.url, ["moqt-99"])).toBe(400);
  const session = await join(relay);
  expect(await refused(relay.url, [session.transport.framing + "." + session.version])).toBe(503);
  session.close();
  await until(() => recorder.value("moq.relay.active_connections") === 0);
  const results = ["accepted", "version_mismatch", "overload", "setup_error", "transport_error", "unauthorized"];
  expect(results.map((result) => recorder.value("moq.relay.connections", { result }))).toEqual([1, 2, 1, 0, 0, 0]);
  await until(() => relay.origin.paths.length === 0);
  await expect.poll(async () => (await join(relay)).version).toBe(session.version);
});

test("closing does not wait for a peer that answers nothing", async () => {
  const { relay, recorder } = await start();
  (await wire(relay)).freeze();
  const polite = await join(relay);
  const askedMs = performance.now();
  await relay.close();
  expect(performance.now() - askedMs).toBeLessThan(1_500);
  expect(await polite.closed).toMatchObject({ clean: true, by: "peer", reason: "the relay closes" });
  expect(recorder.value("moq.relay.active_connections")).toBe(0);
});

test("closing ends sessions and listeners, twice is once, and a taken port leaves nothing behind", async () => {
  const { relay, recorder } = await start();
  const session = await join(relay);
  const port = Number(new URL(relay.url).port);
  await expect(startRelay({ listen: { host: "127.0.0.1", port } })).rejects.toMatchObject({ code: "port_taken", listener: "public" });
  await Promise.all([relay.close(), relay.close()]);
  await relay.closed;
  expect(await session.closed).toMatchObject({ clean: true, by: "peer" });
  expect(recorder.value("moq.relay.active_connections")).toBe(0);
  await expect(fetch(`${relay.url}/health`)).rejects.toThrow();
  await expect(fetch(`${relay.adminUrl}/health`)).rejects.toThrow();
});
