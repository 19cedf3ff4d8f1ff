import { afterEach, expect, test } from "vitest";
import { Line, linkBytes, linked, type Node, nodesOf, startNode } from "../testing/cluster.ts";
import { join, TestPublisher, TestViewer, until } from "../testing/harness.ts";

const open: AsyncDisposable[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one[Symbol.asyncDispose]()));
});
async function start(...given: Parameters<typeof startNode>): Promise<Node> {
  const node = await startNode(...given);
  open.push(node.relay);
  return node;
}
const wsOf = ({ port }: Node): string => `ws://127.0.0.1:${port}/`;

test("a viewer at one relay watches what is published at another, and known bytes over the link read back at both ends", async () => {
  const a = await start("a");
  const b = await start("b", { connect: [wsOf(a)] });
  await Promise.all([linked(a, "b"), linked(b, "a")]);
  const publisher = new TestPublisher("show", ["video", "audio"]);
  await join(a.relay, "", publisher.origin);
  await until(() => b.relay.origin.paths.includes(publisher.path));
  const session = await join(b.relay);
  const viewers = await Promise.all([TestViewer.watch(session, "show"), TestViewer.watch(await join(b.relay), "show")]);
  await until(() => publisher.demands.length === 1);
  const bytes = publisher.group(["x".repeat(100_000), "y".repeat(23_456)]);
  await until(() => viewers.every((viewer) => viewer.finished.length === 1));
  expect(bytes).toBe(123_456);
  await until(() => linkBytes(a, "b").sent === bytes && b.recorder.value("moq.relay.bytes_sent", { peer: "client" }) === 2 * bytes);
  expect(linkBytes(a, "b")).toEqual({ sent: bytes, received: 0 });
  expect(linkBytes(b, "a")).toEqual({ sent: 0, received: bytes });
  // One copy over the link, one for each viewer, and nothing of it counted as a client's or a publisher's.
  expect(a.recorder.value("moq.relay.bytes_sent", { peer: "relay" })).toBe(bytes);
  expect(a.recorder.value("moq.relay.bytes_sent", { peer: "client" })).toBe(0);
  expect(b.recorder.value("moq.relay.bytes_received", { peer: "relay" })).toBe(bytes);
  expect(b.recorder.value("moq.relay.bytes_received", { peer: "publisher" })).toBe(0);
  expect(b.recorder.value("moq.relay.bytes_sent", { peer: "client" })).toBe(2 * bytes);
  expect(b.recorder.value("moq.relay.groups_received", { peer: "relay" })).toBe(1);
  expect(a.recorder.value("moq.relay.active_streams", { origin: "local" })).toBe(1);
  expect(b.recorder.value("moq.relay.active_streams", { origin: "local" })).toBe(0);
  expect(b.recorder.value("moq.relay.active_streams", { origin: "remote" })).toBe(1);
  expect(b.recorder.histogramOf("moq.relay.subscribe_time", { source: "relay" })?.count).toBe(2);
  expect(a.recorder.value("moq.relay.active_subscribers", { peer: "client" })).toBe(0);
  expect(a.recorder.value("moq.relay.active_subscribers", { peer: "relay" })).toBe(1);
});

test("a link carries both directions", async () => {
  const a = await start("a");
  const b = await start("b", { connect: [wsOf(a)] });
  await linked(b, "a");
  const publisher = new TestPublisher("show");
  await join(b.relay, "", publisher.origin);
  await until(() => a.relay.origin.paths.includes(publisher.path));
  const viewer = await TestViewer.watch(await join(a.relay), "show");
  await until(() => publisher.demands.length === 1);
  const bytes = publisher.group(["hello"]);
  await until(() => viewer.finished.length === 1);
  await until(() => linkBytes(b, "a").sent === bytes);
  expect(linkBytes(a, "b")).toEqual({ sent: 0, received: bytes });
  expect(a.recorder.value("moq.relay.upstream_sessions")).toBe(undefined);
  expect(b.recorder.value("moq.relay.upstream_sessions")).toBe(1);
});

test("a link that is lost counts 0 at both ends and comes back by itself; a peer that is removed has no series", async () => {
  const a = await start("a");
  const line = await Line.to(a.port);
  open.push(line);
  const b = await start("b", { connect: [`ws://127.0.0.1:${line.port}/`], random: () => 0 });
  await Promise.all([linked(a, "b"), linked(b, "a")]);
  const up = (node: Node, name: string): number | undefined => node.recorder.value("moq.relay.link_up", { "peer.node": name });
  line.cut();
  await until(() => up(a, "b") === 0 && up(b, "a") === 0);
  expect(b.recorder.value("moq.relay.upstream_sessions")).toBe(0);
  expect(nodesOf(b)).toMatchObject([{ name: "a", state: "down", connections: [], hops: null, cost: 1 }]);
  line.mend();
  await Promise.all([linked(a, "b"), linked(b, "a")]);
  const told = b.recorder.events.filter(({ name }) => name === "moq.link.up" || name === "moq.link.down");
  expect(told.map(({ name, attributes }) => [name, attributes["node"], attributes["direction"]])).toEqual([
    ["moq.link.up", "a", "outbound"],
    ["moq.link.down", "a", "outbound"],
    ["moq.link.up", "a", "outbound"],
  ]);
  expect(nodesOf(b)).toMatchObject([
    { name: "a", state: "up", dialing: "up", hops: 1, connections: [{ direction: "outbound", transport: "websocket" }] },
  ]);
  expect(nodesOf(a)).toMatchObject([{ name: "b", state: "up", dialing: null, connections: [{ direction: "inbound" }] }]);
  b.relay.cluster.setPeers([]);
  await until(() => up(b, "a") === undefined && up(a, "b") === undefined);
  for (const metric of ["moq.relay.link_io", "moq.relay.link_rtt"] as const) expect(b.recorder.value(metric, {})).toBe(undefined);
});

test("a peer that was never there counts 0 from the start under its address, and is tried on and on", async () => {
  const line = await Line.to(1);
  open.push(line);
  const b = await start("b", { connect: [`ws://127.0.0.1:${line.port}/?jwt=secret`], random: () => 0 });
  expect(b.recorder.value("moq.relay.link_up", { "peer.node": `127.0.0.1:${line.port}` })).toBe(0);
  await until(() => (b.recorder.value("moq.relay.connections", { peer: "relay", result: "transport_error" }) ?? 0) >= 2);
  const failures = b.recorder.events.filter(({ name }) => name === "moq.link.failed");
  expect(failures[0]).toMatchObject({ level: "warn", attributes: { url: `http://127.0.0.1:${line.port}` } });
  expect(failures.slice(1).every(({ level }) => level === "debug")).toBe(true);
  expect(
    JSON.stringify([...b.recorder.events, ...b.recorder.spans, ...nodesOf(b)], (_key, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    ),
  ).not.toContain("secret");
});

test("two relays that list each other have one session, and the lower URL has dialled it", async () => {
  const [lineA, lineB] = await Promise.all([Line.to(0), Line.to(0)]);
  open.push(lineA, lineB);
  const [lower, higher] = lineA.port < lineB.port && String(lineA.port) < String(lineB.port) ? [lineA, lineB] : [lineB, lineA];
  const urls = [lower, higher].map(({ port }) => `ws://127.0.0.1:${port}/`);
  const b = await start("high", { connect: urls, url: urls[1] ?? "" });
  const a = await start("low", { connect: urls, url: urls[0] ?? "" });
  lower.aim(a.port);
  higher.aim(b.port);
  await Promise.all([linked(a, "high"), linked(b, "low")]);
  await until(() => nodesOf(b)[0]?.dialing === "standby");
  expect(nodesOf(a)).toMatchObject([{ name: "high", state: "up", dialing: "up", connections: [{ direction: "outbound" }] }]);
  expect(nodesOf(b)).toMatchObject([{ name: "low", state: "up", connections: [{ direction: "inbound" }] }]);
  expect([...nodesOf(a), ...nodesOf(b)].flatMap(({ connections }) => connections)).toHaveLength(2);
});

test("without URLs of their own two that dial each other keep one session, and neither loses the other", async () => {
  const [lineA, lineB] = await Promise.all([Line.to(0), Line.to(0)]);
  open.push(lineA, lineB);
  const a = await start("a", { connect: [`ws://127.0.0.1:${lineB.port}/`], random: () => 0 });
  const b = await start("b", { connect: [`ws://127.0.0.1:${lineA.port}/`], random: () => 0 });
  lineA.aim(a.port);
  lineB.aim(b.port);
  const sessions = (): number => [...nodesOf(a), ...nodesOf(b)].flatMap(({ connections }) => connections).length;
  await until(() => ["standby,up", "up,standby"].includes([...nodesOf(a), ...nodesOf(b)].map(({ dialing }) => dialing).join()));
  await until(() => sessions() === 2);
  const higher = a.relay.origin.id > b.relay.origin.id ? a : b;
  expect(nodesOf(higher)).toMatchObject([{ dialing: "standby", state: "up" }]);
});

test("a relay that dials itself finds out, and has no link with itself", async () => {
  const line = await Line.to(0);
  open.push(line);
  const a = await start("a", { connect: [`ws://127.0.0.1:${line.port}/`], random: () => 0 });
  line.aim(a.port);
  await until(() => nodesOf(a)[0]?.state === "self");
  await until(() => (a.recorder.value("moq.relay.active_connections", {}) ?? 0) === 0);
  expect(a.recorder.value("moq.relay.link_up", {})).toBe(undefined);
});

test("who says that it is a relay and may not do everything is none", async () => {
  const { Issuer } = await import("../testing/issuer.ts");
  const issuer = await Issuer.create();
  const a = await start("a", {}, { auth: { keys: issuer.keys } });
  const [some, all] = await Promise.all([issuer.token({ root: "", put: ["x"], get: "" }), issuer.token({ root: "", put: "", get: "" })]);
  const b = await start("b", { connect: [`${wsOf(a)}?jwt=${some}`] });
  await until(() => a.recorder.events.some(({ name }) => name === "moq.session.opened"));
  expect(a.recorder.value("moq.relay.link_up", {})).toBe(undefined);
  b.relay.cluster.setPeers([`${wsOf(a)}?jwt=${all}`]);
  await linked(a, "b");
});
