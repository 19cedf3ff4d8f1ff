import { connect as connectTcp } from "node:net";
import { connect, LiteError, LiteErrorCode } from "@moqscope/lite";
import { nodeWebSocket, selectSubprotocol } from "@moqscope/lite/node";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
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

test("viewers are who subscribes: not the publisher, not who is only connected", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show", ["video", "audio"]);
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  await join(relay);
  for (let index = 0; index < 3; index++) {
    const session = await join(relay);
    await TestViewer.watch(session, "show", "video");
    await TestViewer.watch(session, "show", "audio");
  }
  await until(() => recorder.value("moq.relay.active_subscriptions") === 6);
  expect(recorder.value("moq.relay.active_subscribers", { peer: "client", transport: "websocket" })).toBe(3);
  expect(recorder.value("moq.relay.active_subscribers", { peer: "publisher" })).toBe(0);
  expect(recorder.value("moq.relay.active_connections", { peer: "client" })).toBe(4);
  expect(recorder.value("moq.relay.active_connections", { peer: "publisher" })).toBe(1);
  expect(recorder.value("moq.relay.upstream_subscriptions")).toBe(2);
});

test("exactly the payload bytes that went through are counted, in both directions", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show");
  const source = await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  const sessions = [await join(relay), await join(relay)];
  const viewers = await Promise.all(sessions.map((session) => TestViewer.watch(session, "show")));
  await until(() => publisher.demands.length === 1 && recorder.value("moq.relay.active_subscribers") === 2);
  let bytes = 0;
  for (let index = 0; index < 20; index++) {
    bytes += publisher.group([`key ${index}`, "x".repeat(index * 1000), ""]);
    await until(() => viewers.every((viewer) => viewer.finished.length === index + 1));
  }
  await until(() => recorder.value("moq.relay.groups_sent") === 40);
  expect(recorder.value("moq.relay.bytes_received", { transport: "websocket", peer: "publisher" })).toBe(bytes);
  expect(recorder.value("moq.relay.bytes_sent", { transport: "websocket", peer: "client" })).toBe(2 * bytes);
  expect(recorder.value("moq.relay.broadcast.bytes_sent", { broadcast: "show" })).toBe(2 * bytes);
  expect(recorder.value("moq.relay.broadcast.bytes_received", { broadcast: "show" })).toBe(bytes);
  expect(recorder.value("moq.relay.frames_received")).toBe(60);
  expect(recorder.value("moq.relay.frames_sent")).toBe(120);
  expect(recorder.value("moq.relay.cache_size")).toBeGreaterThan(0);
  for (const session of [...sessions, source]) session.close();
  await until(() => recorder.value("moq.relay.active_connections") === 0);
  const theirs = [...sessions, source].map(({ transport }) => transport.stats());
  const sum = (pick: (stats: (typeof theirs)[number]) => number) => theirs.reduce((total, stats) => total + pick(stats), 0);
  expect(recorder.value("moq.relay.transport_io", { direction: "received" })).toBe(sum((stats) => stats.bytesSent));
  expect(recorder.value("moq.relay.transport_io", { direction: "sent" })).toBe(sum((stats) => stats.bytesReceived));
  expect(recorder.value("moq.relay.errors") ?? 0).toBe(0);
});

test("what is published after a viewer was cut is not counted as sent to it", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  const gone = await wire(relay);
  await TestViewer.watch(gone.session, "show");
  const stays = await TestViewer.watch(await join(relay), "show");
  const first = publisher.group(["seen by both"]);
  await until(() => recorder.value("moq.relay.bytes_sent") === 2 * first);
  gone.kill();
  await until(() => recorder.value("moq.relay.active_subscribers") === 1);
  const second = publisher.group(["seen by one"]);
  await until(() => stays.finished.length === 2);
  expect(recorder.value("moq.relay.bytes_sent")).toBe(2 * first + second);
});

test("a live broadcast without viewers is there with 0; one that has gone claims nothing, and its bytes stay in the sum", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  const of = (name: "subscribers" | "bytes_sent" | "bytes_received" | "groups_dropped") =>
    recorder.value(`moq.relay.broadcast.${name}`, { broadcast: "show" });
  await until(() => of("subscribers") === 0);
  expect([of("bytes_sent"), of("bytes_received"), of("groups_dropped")]).toEqual([0, 0, 0]);
  const viewer = await TestViewer.watch(await join(relay), "show");
  await until(() => of("subscribers") === 1);
  const bytes = publisher.group(["key", "delta"]);
  await until(() => viewer.finished.length === 1 && of("bytes_sent") === bytes);
  viewer.leave();
  await until(() => of("subscribers") === 0);
  publisher.unannounce();
  await until(() => of("subscribers") === undefined);
  expect([of("bytes_sent"), of("bytes_received")]).toEqual([bytes, bytes]);
  const again = new TestPublisher("show");
  await join(relay, "", again.origin);
  await until(() => of("subscribers") === 0);
  expect(of("bytes_sent")).toBe(bytes);
});

test("each failed attempt settles as one result and leaves no connection", async () => {
  const { relay, recorder } = await start({ limits: { handshakeTimeoutMs: 200 } });
  const { hostname, port } = new URL(relay.url);
  const protocol = selectSubprotocol(["qmux-02.moq-lite-05"]) || "";
  const attempt = async (act: (socket: InstanceType<typeof nodeWebSocket>) => void): Promise<void> => {
    const socket = new nodeWebSocket(relay.url, [protocol]);
    await new Promise<void>((resolve) => socket.addEventListener("open", () => resolve()));
    const closed = new Promise<void>((resolve) => socket.addEventListener("close", () => resolve()));
    act(socket);
    await closed;
  };
  await attempt((socket) => socket.send(Uint8Array.of(0xde, 0xad, 0xbe, 0xef)));
  await attempt(() => {});
  await attempt((socket) => socket.close());
  const raw = connectTcp(Number(port), hostname);
  raw.resume().write("\0\0\0 no HTTP at all \r\n\r\n");
  await new Promise<void>((resolve) => raw.once("close", () => resolve()));
  const silent = connectTcp(Number(port), hostname);
  await new Promise<void>((resolve) => silent.resume().once("close", () => resolve()));
  await until(() => recorder.spans.filter((span) => span.error !== undefined).length === 3);
  const result = (name: string, transport: string) => recorder.value("moq.relay.connections", { result: name, transport }) ?? 0;
  expect([result("setup_error", "websocket"), result("transport_error", "websocket"), result("accepted", "websocket")]).toEqual([2, 1, 0]);
  expect(result("transport_error", "unknown")).toBe(1);
  expect(recorder.value("moq.relay.errors", { "error.type": "protocol_violation", stage: "accept" })).toBe(1);
  expect(recorder.value("moq.relay.errors", { "error.type": "timeout", stage: "accept" })).toBe(1);
  expect(recorder.value("moq.relay.active_connections")).toBe(0);
  expect(recorder.value("moq.relay.sessions_closed")).toBe(0);
  expect((await join(relay)).version).toBe("moq-lite-05");
});

test("setup, round trip and the accept span are measured, the span below its traceparent", async () => {
  const clock = new FakeClock();
  const { relay, recorder } = await start({ clock, pingIntervalMs: 1_000 });
  await join(relay, "room?traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  await until(() => recorder.value("moq.relay.active_connections") === 1);
  expect(recorder.histogramOf("moq.relay.setup_time")?.count).toBe(1);
  expect(recorder.spans).toMatchObject([
    {
      name: "moq.accept",
      kind: "server",
      parent: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" },
      error: undefined,
    },
  ]);
  expect(recorder.spans[0]?.endMs).toBeTypeOf("number");
  expect(recorder.histogramOf("moq.relay.rtt")).toBeUndefined();
  await clock.advance(10_000);
  expect(recorder.histogramOf("moq.relay.rtt", { source: "ping", transport: "websocket" })?.count).toBe(1);
});

test("a traceparent that only SETUP carries is the accept span's parent, and the connect URL's goes before it", async () => {
  const { relay, recorder } = await start();
  const inSetup = "00-11111111111111111111111111111111-2222222222222222-01";
  const inUrl = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const dial = async (path: string): Promise<void> => {
    const session = await connect(`${relay.url}/${path}`, { webSocket: nodeWebSocket, traceparent: inSetup });
    await session.ready;
  };
  await dial("room");
  await until(() => recorder.spans.length === 1);
  await dial(`room?traceparent=${inUrl}`);
  await until(() => recorder.spans.length === 2);
  const parents = recorder.spans.map(({ parent }) => parent?.traceId);
  expect(parents).toEqual(["11111111111111111111111111111111", "4bf92f3577b34da6a3ce929d0e0e4736"]);
  for (const { startMs, endMs } of recorder.spans) expect(endMs).toBeGreaterThanOrEqual(startMs);
});

test("open groups of each subscription are sampled once a second: as many as were left open", async () => {
  const clock = new FakeClock();
  const { relay, recorder } = await start({ clock, pingIntervalMs: 3_600_000, pingTimeoutMs: 7_200_000 });
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  const viewers = [await TestViewer.watch(await join(relay), "show"), await TestViewer.watch(await join(relay), "show")];
  await until(() => publisher.demands.length === 1 && recorder.value("moq.relay.active_subscriptions") === 2);
  const groups = [0, 1, 2].map(() => publisher.track().createGroup());
  for (const group of groups) group.append({ timestamp: 0, payload: new TextEncoder().encode("begun") });
  await until(() => viewers.every((viewer) => viewer.groups.size === 3));
  await clock.advance(1_000);
  expect(recorder.histogramOf("moq.relay.queue_depth", { peer: "client" })).toEqual({ count: 2, sum: 6 });
  for (const group of groups.slice(0, 2)) group.finish();
  await until(() => recorder.value("moq.relay.groups_sent") === 4);
  await clock.advance(1_000);
  expect(recorder.histogramOf("moq.relay.queue_depth", { peer: "client" })).toEqual({ count: 4, sum: 8 });
  for (const viewer of viewers) viewer.leave();
  await until(() => recorder.value("moq.relay.active_subscriptions") === 0);
  await clock.advance(5_000);
  expect(recorder.histogramOf("moq.relay.queue_depth")?.count).toBe(4);
});

test("GOAWAY is counted in the direction it went", async () => {
  const { relay, recorder } = await start();
  const session = await join(relay);
  expect([
    recorder.value("moq.relay.goaways", { direction: "sent" }),
    recorder.value("moq.relay.goaways", { direction: "received" }),
  ]).toEqual([0, 0]);
  session.goaway("https://other.example/");
  session.goaway();
  await until(() => recorder.value("moq.relay.goaways", { direction: "received" }) === 2);
  expect(recorder.value("moq.relay.goaways", { direction: "sent" })).toBe(0);
});

test("groups that a viewer refuses are one record of its session for each second and cause, and all are counted", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.length === 1);
  const session = await join(relay, "?traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  const track = await session.broadcast(publisher.path).track("video");
  // Aborting what came tells the relay to stop sending it.
  track.attach({
    group: (group) => group.abort(new LiteError(LiteErrorCode.cancelled, "not wanted")),
    dropped() {},
    ended() {},
    aborted() {},
  });
  await until(() => publisher.demands.length === 1);
  for (let index = 0; index < 5; index++) {
    publisher
      .track()
      .createGroup()
      .append({ timestamp: 0, payload: new Uint8Array(10) });
    await until(() => recorder.value("moq.relay.groups_dropped", { reason: "reset_by_peer" }) === index + 1);
  }
  const told = recorder.events.filter(({ name }) => name === "moq.group.dropped");
  expect(told.length).toBeLessThanOrEqual(2);
  expect(told[0]).toMatchObject({
    level: "warn",
    attributes: { broadcast: "show", track: "video", cause: "reset_by_peer" },
    context: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736" },
  });
});
