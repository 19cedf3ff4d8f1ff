import { startSession, toPath } from "@moqscope/lite";
import { quicTransport } from "@moqscope/lite/node";
import type { QuicClosed } from "@moqscope/quic";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { addon, dial, joinQuic, joinRaw } from "./testing/quic.ts";

const open: Relay[] = [];
beforeEach(({ skip }) => {
  if (!addon.available) skip(addon.reason);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const started = await startRelay({ tls: { generate: ["localhost"] }, webTransport: "quic", ...options });
  open.push(started.relay);
  return started;
}
async function hash(relay: Relay): Promise<string> {
  return (await fetch(`${relay.url}/certificate.sha256`)).text();
}
const https = ({ url }: Relay, path: string): string => url.replace("http:", "https:") + path;
const dialTo = (relay: Relay, path: string, offers: readonly string[]) => dial(relay.certificateSha256, https(relay, path), offers);
const dialRaw = (relay: Relay, path: string, alpn: string) =>
  dial(relay.certificateSha256, relay.url.replace("http:", "moqt:") + path, [alpn]);
const refusal = ({ by, code, reason }: QuicClosed) => [by, code, reason];

test("a publisher on WebSocket, one on raw QUIC and viewers on WebTransport meet on one port, on 127.0.0.1 and ::1", async () => {
  const { relay, recorder } = await start();
  const port = Number(new URL(relay.url).port);
  expect(relay.webTransport).toEqual({
    kind: "listening",
    backend: "quic",
    addresses: [
      { host: "127.0.0.1", port },
      { host: "::1", port },
    ],
  });
  const [socket, raw] = [new TestPublisher("a"), new TestPublisher("b")];
  await join(relay, "room", socket.origin);
  const rawSession = await joinRaw(relay, "room?jwt=x", raw.origin);
  await until(() => relay.origin.paths.length === 2);
  expect(relay.origin.paths.toSorted()).toEqual(["room/a", "room/b"]);
  const viewer = await joinQuic(`${relay.url}/room`);
  expect([viewer.version, viewer.transport.kind, viewer.transport.framing]).toEqual(["moq-lite-05", "webtransport", ""]);
  expect([rawSession.version, rawSession.transport.kind]).toEqual(["moq-lite-05", "quic"]);
  const [first, second] = [await TestViewer.watch(viewer, "a"), await TestViewer.watch(viewer, "b")];
  const sent = [socket.group(["over", "TCP"]), raw.group(["over", "UDP"])];
  await until(() => first.bytes === sent[0] && second.bytes === sent[1]);
  const active = (transport: string) => recorder.value("moq.relay.active_connections", { transport });
  expect([active("websocket"), active("quic"), active("webtransport")]).toEqual([1, 1, 1]);
  expect(recorder.value("moq.relay.connections", { transport: "webtransport", result: "accepted" })).toBe(1);
  const shown = (await (await fetch(`${relay.adminUrl}/sessions`)).json()) as { sessions: { transport: string; root: string }[] };
  expect(shown.sessions.map(({ transport, root }) => `${transport} ${root}`).toSorted()).toEqual([
    "quic room",
    "websocket room",
    "webtransport room",
  ]);
  // The hash is told over TCP on 127.0.0.1 only; QUIC is dialled on ::1.
  const six = await dial(relay.certificateSha256, `https://[::1]:${port}/`, ["moq-lite-05"]);
  expect(six.protocol).toBe("moq-lite-05");
});

test.each([
  [["moq-lite-04", "moq-lite-05"], "moq-lite-04"],
  [["moq-lite-99", "moql", "moq-lite-05"], "moql"],
  [[], ""],
])("of the offers %j the client's first that is known is chosen: %j", async (offers, protocol) => {
  const { relay } = await start();
  const session = await dialTo(relay, "/", offers);
  expect(session.protocol).toBe(protocol);
});

test("who is refused is told by a close code, and counted as on WebSocket but for the label", async () => {
  const { relay, recorder } = await start({ limits: { maxSessionsPerAddress: 1 } });
  const strange = await dialTo(relay, "/", ["moq-lite-99"]);
  expect(refusal(await strange.closed)).toEqual(["peer", 464, "no protocol of this relay was offered"]);
  const malformed = await dialTo(relay, "/%ff", ["moq-lite-05"]);
  expect(refusal(await malformed.closed)).toEqual(["peer", 464, "malformed URL"]);
  const first = await join(relay);
  const second = await dialTo(relay, "/", ["moq-lite-05"]);
  expect(refusal(await second.closed)).toEqual(["peer", 567, "this relay takes no more sessions, or no more from this address"]);
  const third = await dialRaw(relay, "/", "moq-lite-05");
  expect((await third.closed).code).toBe(567);
  const count = (transport: string, result: string) => recorder.value("moq.relay.connections", { transport, result });
  const results = ["accepted", "version_mismatch", "setup_error", "overload"];
  expect(results.map((result) => count("webtransport", result))).toEqual([0, 1, 1, 1]);
  expect(results.map((result) => count("quic", result))).toEqual([0, 0, 0, 1]);
  expect(recorder.value("moq.relay.errors", { stage: "accept" })).toBe(2);
  first.close();
  await until(() => recorder.value("moq.relay.active_connections") === 0);
  await expect.poll(async () => (await joinQuic(relay.url)).version).toBe("moq-lite-05");
});

test("raw QUIC tells its path in SETUP: a malformed one ends the session, a version without SETUP has the root", async () => {
  const { relay, recorder } = await start();
  const dialled = quicTransport(await dialRaw(relay, "/", "moq-lite-05"));
  const lost = startSession(dialled, { role: "client", path: "/%ff" });
  expect(await lost.closed).toMatchObject({ by: "peer", code: 464, reason: "malformed URL" });
  expect(recorder.value("moq.relay.connections", { transport: "quic", result: "setup_error" })).toBe(1);
  expect(recorder.value("moq.relay.errors", { "error.type": "protocol_violation", stage: "accept" })).toBe(1);
  const old = await dialRaw(relay, "/ignored", "moq-lite-04");
  await until(() => recorder.value("moq.relay.active_connections", { transport: "quic" }) === 1);
  expect(old.protocol).toBe("moq-lite-04");
});

test("who sends no SETUP is closed at the deadline and counted", async () => {
  const { relay, recorder } = await start({ limits: { handshakeTimeoutMs: 200 } });
  const mute = await dialTo(relay, "/", ["moq-lite-05"]);
  expect(await mute.closed).toMatchObject({ by: "peer", code: 3 });
  await until(() => recorder.value("moq.relay.connections", { transport: "webtransport", result: "setup_error" }) === 1);
});

test("another certificate serves TCP and UDP from then on: its hash is told, its pin holds, the old one's does not; sessions stay", async () => {
  const { relay } = await start();
  const before = await hash(relay);
  const session = await joinQuic(relay.url);
  await relay.setCertificate({ generate: ["localhost"] });
  const after = await hash(relay);
  expect([after, after === before]).toEqual([relay.certificateSha256, false]);
  const later = await joinQuic(relay.url);
  await expect(dial(before, https(relay, "/"), ["moq-lite-05"])).rejects.toMatchObject({ name: "QuicError" });
  const publisher = new TestPublisher("show");
  await joinQuic(relay.url, publisher.origin);
  await until(() => relay.origin.route(toPath("show")) !== undefined);
  const viewer = await TestViewer.watch(session, "show");
  const bytes = publisher.group(["still there"]);
  await until(() => viewer.bytes === bytes);
  expect(later.transport.kind).toBe("webtransport");
});

test("closing tells QUIC sessions, frees the port, and the next relay takes it", async () => {
  const { relay, recorder } = await start();
  const [viewer, raw] = [await joinQuic(relay.url), await joinRaw(relay)];
  const port = Number(new URL(relay.url).port);
  await relay.close();
  for (const session of [viewer, raw]) expect(await session.closed).toMatchObject({ clean: true, by: "peer", reason: "the relay closes" });
  expect(recorder.value("moq.relay.active_connections")).toBe(0);
  const next = await start({ listen: { host: "127.0.0.1", port } });
  expect(next.relay.webTransport.kind).toBe("listening");
});

test("a handshake that fails is counted, of no known transport", async () => {
  const { relay, recorder } = await start();
  await expect(dial("00".repeat(32), https(relay, "/"), ["moq-lite-05"])).rejects.toThrow();
  await expect.poll(() => recorder.value("moq.relay.connections", { transport: "unknown", result: "transport_error" })).toBe(1);
  expect(recorder.value("moq.relay.errors", { "error.type": "tls_failed", stage: "accept" })).toBe(1);
});
