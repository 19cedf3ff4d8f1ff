import { LocalBroadcast, Origin } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import { Line, linked, type Node, nodesOf, startNode } from "../testing/cluster.ts";
import { until } from "../testing/harness.ts";
import { MeshPeers, meshPath, meshPeer } from "./mesh-peers.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test("a URL becomes a path without its double slash, and comes back", () => {
  expect(meshPath("https://a.example:4443/")).toBe(".internal/origins/https:/a.example:4443");
  expect(meshPeer(meshPath("https://a.example:4443/eu"))?.identity).toBe("https://a.example:4443/eu");
  expect(meshPeer(meshPath("http://[::1]:4443"))?.identity).toBe("http://[::1]:4443");
  expect(meshPeer(".internal/origins/nonsense:/x" as never)).toBe(undefined);
  expect(meshPeer("show" as never)).toBe(undefined);
});

test("only relays above ours are dialled; one that is announced no more stays for 60 s", async () => {
  const clock = new FakeClock();
  const origin = new Origin(1n, { clock });
  const source = new MeshPeers({ origin, clock, url: "https://m.example" });
  closing.push(() => source.stop());
  const told: string[] = [];
  await source.start({ changed: (peers) => void told.push(peers.map(({ identity }) => identity).join(" ")), failed: () => undefined });
  const announce = (url: string): (() => void) => origin.publish(meshPath(url), new LocalBroadcast(), { hops: [9n] });
  announce("https://a.example");
  const z = announce("https://z.example");
  expect(told).toEqual(["https://z.example"]);
  z();
  await clock.advance(59_000);
  const again = announce("https://z.example");
  await clock.advance(120_000);
  expect(told).toHaveLength(1);
  again();
  await clock.advance(120_000);
  expect(told).toEqual(["https://z.example", ""]);
});

test("three relays that know one of them find each other, and each pair has one session", async () => {
  const lines = await Promise.all([Line.to(0), Line.to(0), Line.to(0)]);
  for (const line of lines) closing.push(() => line[Symbol.asyncDispose]());
  const urls = lines.map(({ port }) => `ws://127.0.0.1:${port}`);
  const nodes: Node[] = [];
  for (const [index, url] of urls.entries()) {
    const connect = index === 0 ? [] : [urls[0] ?? ""];
    const node = await startNode(`n${index}`, { url, mesh: true, connect, random: () => 0 });
    closing.push(() => node.relay.close());
    nodes.push(node);
    lines[index]?.aim(node.port);
  }
  await Promise.all(nodes.map((node) => linked(node, ...["n0", "n1", "n2"].filter((name) => name !== node.name))));
  const sessions = (): number => nodes.flatMap(nodesOf).flatMap(({ connections }) => connections).length;
  await until(() => sessions() === 6);
  expect(nodes.map((node) => nodesOf(node).filter(({ state }) => state === "up").length)).toEqual([2, 2, 2]);
  // Relays among themselves are no streams.
  expect(nodes[0]?.recorder.value("moq.relay.active_streams", {})).toBe(0);
});

test("a mesh without a URL of its own is refused by name", async () => {
  await expect(startNode("a", { mesh: true })).rejects.toMatchObject({
    code: "cluster_invalid",
    message: expect.stringContaining("--cluster-mesh") as string,
  });
});
