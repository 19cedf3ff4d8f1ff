import { type Clock, type Frame, LiteError, type MeteredRequest, type TransportClosed, toPath } from "@moqscope/lite";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { expect, test } from "vitest";
import { SessionTrace } from "../tracing/session-trace.ts";
import { RelayInstruments } from "./instruments.ts";
import { SessionMetrics } from "./session-metrics.ts";

const clean: TransportClosed = { clean: true, code: 0, reason: "", by: "peer" };
const lost: TransportClosed = { clean: false, code: 0, reason: "", by: "lost" };
const gauges = [
  "moq.relay.active_connections",
  "moq.relay.active_subscribers",
  "moq.relay.active_subscriptions",
  "moq.relay.upstream_subscriptions",
] as const;

function setup(broadcastLimit = 20) {
  const recorder = memoryRecorder();
  let nowMs = 0;
  const clock: Clock = { now: () => nowMs, after: () => () => {} };
  const instruments = new RelayInstruments({ recorder, clock, broadcastLimit });
  return {
    recorder,
    instruments,
    advance: (ms: number): void => {
      nowMs += ms;
    },
    session: (at = "") => {
      const root = () => toPath(at);
      const trace = new SessionTrace({ instruments, role: "server", id: "1", began: {}, root });
      return new SessionMetrics({ instruments, transport: instruments.transport("websocket"), trace, root, id: "1" });
    },
  };
}
const subscribe = (broadcast: string): MeteredRequest => ({ kind: "subscribe", broadcast: toPath(broadcast), track: "video", id: 0n });
const frame = (bytes: number, receivedMs?: number): Frame => ({
  timestamp: 0,
  payload: new Uint8Array(bytes),
  ...(receivedMs === undefined ? {} : { receivedMs }),
});

test("a viewer is a pair of session and broadcast with at least one open SUBSCRIBE", () => {
  const { recorder, session } = setup();
  const [one, two] = [session(), session()];
  for (const each of [one, two]) each.opened(1);
  const subscribers = () => recorder.value("moq.relay.active_subscribers", { peer: "client" });
  expect(subscribers()).toBe(0);
  const video = one.serving(toPath("a"), "video", "subscribe");
  const audio = one.serving(toPath("a"), "video", "subscribe");
  expect(subscribers()).toBe(1);
  one.serving(toPath("b"), "video", "subscribe");
  two.serving(toPath("a"), "video", "subscribe");
  expect(subscribers()).toBe(3);
  expect(recorder.value("moq.relay.active_subscriptions")).toBe(4);
  expect(recorder.value("moq.relay.broadcast.subscribers", { broadcast: "a" })).toBe(2);
  video.close();
  expect(subscribers()).toBe(3);
  audio.close();
  audio.close();
  expect(subscribers()).toBe(2);
});

test("a session that announces moves to the publishers, with what it holds", () => {
  const { recorder, session } = setup();
  const both = session();
  both.opened(1);
  both.serving(toPath("a"), "video", "subscribe");
  both.publishes();
  both.publishes();
  for (const name of gauges.slice(0, 3)) {
    expect(recorder.value(name, { peer: "client" }), name).toBe(0);
    expect(recorder.value(name, { peer: "publisher" }), name).toBe(1);
  }
  expect(recorder.value("moq.relay.broadcast.subscribers")).toBeUndefined();
  both.closed(clean);
  expect(recorder.value("moq.relay.active_connections")).toBe(0);
  expect(recorder.histogramOf("moq.relay.session_duration", { peer: "publisher" })?.count).toBe(1);
});

test("the end of a session releases everything, also what nobody closed", () => {
  const { recorder, session } = setup();
  const leaky = session("root");
  leaky.opened(1);
  const left = leaky.serving(toPath("a"), "video", "subscribe");
  const upstream = leaky.receiving(subscribe("b"));
  expect(recorder.value("moq.relay.broadcast.subscribers", { broadcast: "root/a" })).toBe(1);
  leaky.closed(lost);
  left.close();
  upstream.close();
  for (const name of gauges) expect(recorder.value(name), name).toBe(0);
  expect(recorder.value("moq.relay.broadcast.subscribers")).toBeUndefined();
  expect(recorder.value("moq.relay.sessions_closed", { reason: "transport_lost" })).toBe(1);
  expect(recorder.value("moq.relay.errors")).toBe(1);
});

test("a session that was never set up is no session", () => {
  const { recorder, session } = setup();
  session().closed(lost);
  expect(recorder.value("moq.relay.active_connections")).toBe(0);
  expect(recorder.value("moq.relay.sessions_closed")).toBe(0);
  expect(recorder.histogramOf("moq.relay.session_duration")).toBeUndefined();
  expect(recorder.value("moq.relay.errors", { "error.type": "transport_lost", stage: "setup" })).toBe(1);
});

test("a close that the session told as an error before is not counted again", () => {
  const { recorder, session } = setup();
  for (const code of [15, 1002]) {
    const one = session();
    one.opened(1);
    if (code === 15) one.error(new LiteError("protocol_violation", ""), "media");
    one.closed({ clean: false, code, reason: "", by: "local" });
  }
  expect(recorder.value("moq.relay.sessions_closed", { reason: "protocol_violation" })).toBe(2);
  expect(recorder.value("moq.relay.errors", { "error.type": "protocol_violation", stage: "media" })).toBe(2);
});

test("over a churn of 1000 broadcasts the sum over broadcast is the total, with at most N + 1 series", () => {
  const { recorder, session } = setup(20);
  const viewer = session();
  viewer.opened(1);
  for (let index = 0; index < 1000; index++) {
    const path = toPath(`room/${index}`);
    const upstream = viewer.receiving(subscribe(path));
    const flow = viewer.serving(path, "video", "subscribe");
    upstream.frame(frame(index), true);
    flow.frame(frame(index), true);
    flow.dropped("backpressure");
    if (index % 3 > 0) flow.close();
    upstream.close();
  }
  expect(recorder.value("moq.relay.broadcast.bytes_sent")).toBe(recorder.value("moq.relay.bytes_sent"));
  expect(recorder.value("moq.relay.broadcast.bytes_received")).toBe(recorder.value("moq.relay.bytes_received"));
  expect(recorder.value("moq.relay.broadcast.groups_dropped")).toBe(recorder.value("moq.relay.groups_dropped"));
  expect(recorder.value("moq.relay.broadcast.subscribers")).toBe(recorder.value("moq.relay.active_subscribers", { peer: "client" }));
  const series = recorder.store.collect().find((metric) => metric.name === "moq.relay.broadcast.bytes_sent");
  expect(series?.points).toHaveLength(21);
  expect(recorder.value("moq.relay.broadcast.bytes_sent", { broadcast: "other" })).toBeGreaterThan(0);
});

test("one live frame in sixteen is timed until its socket was written to, and none that came out of the cache", async () => {
  const { recorder, session, advance } = setup();
  const viewer = session();
  viewer.opened(1);
  const flow = viewer.serving(toPath("a"), "video", "subscribe");
  advance(1000);
  for (let index = 0; index < 32; index++) flow.frame(frame(1, 0), false);
  expect(recorder.histogramOf("moq.relay.forward_time")).toBeUndefined();
  for (let index = 0; index < 160; index++) flow.forwarded(frame(1, 996));
  // While peers before it are written to.
  advance(2);
  await new Promise((resolve) => setImmediate(resolve));
  expect(recorder.histogramOf("moq.relay.forward_time")?.count).toBe(10);
  expect(recorder.histogramOf("moq.relay.forward_time")?.sum).toBeCloseTo(0.06);
});

test("a subscription is one cache hit or one miss, also when it ends before its first group", () => {
  const { recorder, session } = setup();
  const viewer = session();
  viewer.opened(1);
  const [hit, miss, left] = [
    viewer.serving(toPath("a"), "video", "subscribe"),
    viewer.serving(toPath("a"), "video", "subscribe"),
    viewer.serving(toPath("a"), "video", "subscribe"),
  ];
  hit.first(3, true);
  miss.first(40, false);
  for (const flow of [hit, miss, left]) flow.close();
  expect(recorder.value("moq.relay.cache_hits")).toBe(1);
  expect(recorder.value("moq.relay.cache_misses")).toBe(2);
  expect(recorder.histogramOf("moq.relay.subscribe_time", { source: "cache" })).toEqual({ count: 1, sum: 0.003 });
  expect(recorder.histogramOf("moq.relay.subscribe_time", { source: "publisher" })).toEqual({ count: 1, sum: 0.04 });
});

test("what a FETCH is served counts as bytes and as a hit or miss of the cache, not as a viewer or a subscription", () => {
  const { recorder, session } = setup();
  const one = session();
  one.opened(1);
  const [hit, miss, refused] = [0, 1, 2].map(() => one.serving(toPath("a"), "video", "fetch"));
  hit?.first(1, true);
  miss?.first(40, false);
  hit?.frame(frame(7), false);
  hit?.group();
  for (const flow of [hit, miss, refused]) flow?.close();
  expect(recorder.value("moq.relay.bytes_sent")).toBe(7);
  expect(recorder.value("moq.relay.broadcast.bytes_sent", { broadcast: "a" })).toBe(7);
  expect(recorder.value("moq.relay.groups_sent")).toBe(1);
  expect(recorder.value("moq.relay.cache_hits")).toBe(1);
  expect(recorder.value("moq.relay.cache_misses")).toBe(2);
  for (const name of ["moq.relay.active_subscribers", "moq.relay.active_subscriptions"] as const)
    expect(recorder.value(name), name).toBe(0);
  expect(recorder.histogramOf("moq.relay.subscribe_time")).toBeUndefined();
});

test("a FETCH of ours counts as bytes, and is no subscription upstream", () => {
  const { recorder, session } = setup();
  const one = session();
  one.opened(1);
  const flow = one.receiving({ kind: "fetch", broadcast: toPath("a"), track: "video", group: 0 });
  expect(recorder.value("moq.relay.upstream_subscriptions")).toBe(0);
  flow.frame(frame(7), true);
  flow.close();
  flow.close();
  expect(recorder.value("moq.relay.bytes_received")).toBe(7);
  expect(recorder.value("moq.relay.upstream_subscriptions")).toBe(0);
});

test("datagrams are counted by direction and by what became of them", () => {
  const { recorder, session } = setup();
  const one = session();
  one.opened(1);
  const [served, received] = [one.serving(toPath("a"), "video", "subscribe"), one.receiving(subscribe("a"))];
  for (const outcome of ["ok", "ok", "dropped"] as const) served.datagram(outcome);
  received.datagram("ok");
  const count = (direction: "sent" | "received", outcome: "ok" | "dropped"): number | undefined =>
    recorder.value("moq.relay.datagrams", { direction, outcome });
  expect([count("sent", "ok"), count("sent", "dropped"), count("received", "ok"), count("received", "dropped")]).toEqual([2, 1, 1, 0]);
});

test("an error is counted by type and stage", () => {
  const { recorder, session } = setup();
  session().error(new LiteError("not_found", ""), "subscribe");
  expect(recorder.value("moq.relay.errors", { "error.type": "not_found", stage: "subscribe" })).toBe(1);
});
