import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPaths } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Line, linkBytes, linked, type Node, nodesOf, startNode } from "../testing/cluster.ts";
import { until } from "../testing/harness.ts";
import { SteadyPublisher, SteadyViewer } from "../testing/mesh.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
async function start(...given: Parameters<typeof startNode>): Promise<Node> {
  const node = await startNode(...given);
  closing.push(() => node.relay.close());
  return node;
}
const wsOf = ({ port }: Node): string => `ws://127.0.0.1:${port}/`;
const told = ({ recorder }: Node): unknown[] =>
  recorder.events
    .filter(({ name }) => name === "moq.link.peers")
    .map(({ level, attributes }) => [level, attributes["reason"] ?? attributes["count"]]);

test("a file of peers that changes changes the links; a bad one keeps them and says so", async () => {
  const folder = mkdtempSync(joinPaths(tmpdir(), "moqscope-cluster-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const file = joinPaths(folder, "peers.json");
  const [a, c] = [await start("a"), await start("c")];
  writeFileSync(file, JSON.stringify([wsOf(a)]));
  const b = await start("b", { peersFile: file });
  await linked(b, "a");
  writeFileSync(file, JSON.stringify([wsOf(a), wsOf(c)]));
  await b.relay.cluster.reload();
  await linked(b, "a", "c");
  writeFileSync(file, JSON.stringify([wsOf(a), "gopher://c"]));
  await b.relay.cluster.reload();
  expect(told(b).at(-1)).toEqual(["error", expect.stringContaining('"gopher://c" is no peer')]);
  expect(nodesOf(b).map(({ name, state }) => [name, state])).toEqual([
    ["a", "up"],
    ["c", "up"],
  ]);
  writeFileSync(file, JSON.stringify([wsOf(c)]));
  await b.relay.cluster.reload();
  await until(() => b.recorder.value("moq.relay.link_up", { "peer.node": "a" }) === undefined);
  await linked(b, "c");
});

test("each address of a DNS name is a peer, and two that lead to one relay are one link", async () => {
  const a = await start("a", {}, { listen: { host: "::", port: 0 } });
  const b = await start("b", { dns: [`ws://localhost:${a.port}/`], random: () => 0 });
  await linked(b, "a");
  await until(() => nodesOf(b).every(({ dialing }) => dialing === "up" || dialing === "standby"));
  expect(nodesOf(b).filter(({ dialing }) => dialing === "up")).toHaveLength(1);
  expect(nodesOf(b).every(({ name }) => name === "a")).toBe(true);
  await until(() => nodesOf(a).length === 1);
});

test("a price moves traffic to a way with more relays, and off it again when that is gone", async () => {
  const a = await start("a");
  const toC = await Line.to(a.port);
  closing.push(() => toC[Symbol.asyncDispose]());
  const c = await start("c", { connect: [`ws://127.0.0.1:${toC.port}/`], random: () => 0 });
  const b = await start("b", { connect: [`${wsOf(a)}?cost=5`, wsOf(c)], random: () => 0 });
  await Promise.all([linked(b, "a", "c"), linked(c, "a")]);
  const publisher = new SteadyPublisher([a.relay.url]);
  closing.push(() => publisher.close());
  const cost = (): number | undefined => b.relay.origin.route(publisher.path)?.hops.length;
  await until(() => cost() === 3);
  expect(b.relay.origin.route(publisher.path)?.hops.at(-1)).toBe(c.relay.origin.id);
  const viewer = await SteadyViewer.at(b.relay.url);
  closing.push(() => viewer.close());
  await viewer.renew();
  expect(linkBytes(b, "a").received).toBe(0);
  expect(linkBytes(b, "c").received).toBeGreaterThan(0);
  expect(nodesOf(b).map(({ name, cost: price }) => [name, price])).toEqual([
    ["a", 5],
    ["c", 1],
  ]);
  toC.cut();
  await until(() => cost() === 6);
  await viewer.renew();
  expect(linkBytes(b, "a").received).toBeGreaterThan(0);
});

test("the round trip of a link is measured at both ends and ends with it; a line that swallows everything is noticed in 3 s", async () => {
  const a = await start("a");
  const line = await Line.to(a.port);
  closing.push(() => line[Symbol.asyncDispose]());
  const b = await start("b", { connect: [`ws://127.0.0.1:${line.port}/`], random: () => 0 }, { pingIntervalMs: 200 });
  await Promise.all([linked(a, "b"), linked(b, "a")]);
  const rtt = ({ recorder }: Node, name: string): number | undefined => recorder.value("moq.relay.link_rtt", { "peer.node": name });
  await until(() => (rtt(b, "a") ?? 0) > 0 && (rtt(a, "b") ?? 0) > 0);
  expect(rtt(b, "a")).toBeLessThan(1);
  const silentMs = performance.now();
  line.silence();
  line.aim(1);
  await until(() => b.recorder.value("moq.relay.link_up", { "peer.node": "a" }) === 0);
  await until(() => a.recorder.value("moq.relay.link_up", { "peer.node": "b" }) === 0);
  expect(performance.now() - silentMs).toBeLessThan(4_000);
  expect(rtt(b, "a")).toBe(undefined);
  expect(b.recorder.events.findLast(({ name }) => name === "moq.link.down")).toMatchObject({ level: "warn", attributes: { node: "a" } });
});
