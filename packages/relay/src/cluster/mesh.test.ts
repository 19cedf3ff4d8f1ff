import { afterEach, expect, test } from "vitest";
import { Line, linkBytes, linked, type Node, startNode } from "../testing/cluster.ts";
import { until } from "../testing/harness.ts";
import { SteadyPublisher, SteadyViewer } from "../testing/mesh.ts";

const names = ["r1", "r2", "r3", "r4", "r5"] as const;
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Five relays, each pair linked over a line of its own that can be cut. */
class Mesh {
  readonly nodes: Node[] = [];
  readonly #lines = new Map<string, Line>();
  static async start(): Promise<Mesh> {
    const mesh = new Mesh();
    for (const [index, name] of names.entries()) {
      const lines = await Promise.all(mesh.nodes.map(async ({ port }) => Line.to(port)));
      lines.forEach((line, to) => {
        mesh.#lines.set(`${to}-${index}`, line);
        closing.push(() => line[Symbol.asyncDispose]());
      });
      const node = await startNode(name, { connect: lines.map(({ port }) => `ws://127.0.0.1:${port}/`), random: () => 0 });
      closing.push(() => node.relay.close());
      mesh.nodes.push(node);
    }
    await mesh.whole();
    return mesh;
  }
  at(index: number): Node {
    const node = this.nodes[index];
    if (!node) throw new Error(`no relay ${index}`);
    return node;
  }
  url(index: number): string {
    return this.at(index).relay.url;
  }
  line(a: number, b: number): Line {
    const line = this.#lines.get(`${Math.min(a, b)}-${Math.max(a, b)}`);
    if (!line) throw new Error(`no line ${a}-${b}`);
    return line;
  }
  /** Every relay has a link with every other. */
  async whole(): Promise<void> {
    await Promise.all(this.nodes.map((node) => linked(node, ...names.filter((name) => name !== node.name))));
  }
  /** Ends a relay as a power cut would, seen by all others: every line of it is dead at once, without a word. */
  async kill(index: number): Promise<void> {
    for (const other of this.nodes.keys()) if (other !== index) this.line(index, other).cut();
    await this.at(index).relay.close();
  }
  /** Payload bytes that came to each relay over its links, by sender. */
  received(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      this.nodes.map((node) => [
        node.name,
        Object.fromEntries(names.map((name) => [name, linkBytes(node, name).received ?? 0]).filter(([, bytes]) => bytes !== 0)),
      ]),
    );
  }
}
function publish(...urls: readonly string[]): SteadyPublisher {
  const publisher = new SteadyPublisher(urls);
  closing.push(() => publisher.close());
  return publisher;
}
async function watch(mesh: Mesh, ...indices: readonly number[]): Promise<SteadyViewer[]> {
  const viewers = await Promise.all(indices.map((index) => SteadyViewer.at(mesh.url(index))));
  closing.push(() => viewers.forEach((viewer) => viewer.close()));
  return viewers;
}
const sum = (received: Record<string, number> | undefined): number => Object.values(received ?? {}).reduce((a, b) => a + b, 0);
const groupBytes = 1000;

test("in a mesh of five each relay has one copy of a broadcast over one link, through partitions and heals, and nothing loops", async () => {
  const mesh = await Mesh.start();
  publish(mesh.url(0));
  const viewers = await watch(mesh, 1, 2, 3, 4);
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  // Whole: everybody has it from r1, and nobody from anybody else.
  expect(Object.values(mesh.received()).map((from) => Object.keys(from))).toEqual([[], ["r1"], ["r1"], ["r1"], ["r1"]]);

  // r5 cannot reach r1 any more: it has it through one of the others.
  mesh.line(0, 4).cut();
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  await onePerGroup(mesh);

  // {r1, r2} and {r3, r4, r5} cannot reach each other: one side plays on, the other has nothing, and nothing goes round in it.
  for (const a of [0, 1]) for (const b of [2, 3, 4]) mesh.line(a, b).cut();
  await until(() => [2, 3, 4].every((index) => !mesh.at(index).relay.origin.paths.includes("show" as never)));
  await viewers[0]?.renew();
  const before = mesh.received();
  await viewers[0]?.renew();
  for (const name of ["r3", "r4", "r5"]) expect(mesh.received()[name]).toEqual(before[name]);

  // A chain r1 - r2 - r3 - r4 - r5 is left over when the heal comes: three hops between, and still one copy a link.
  for (const [a, b] of [
    [2, 4],
    [1, 3],
    [1, 4],
    [0, 2],
    [0, 3],
  ] as const)
    mesh.line(a, b).cut();
  mesh.line(1, 2).mend();
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  await onePerGroup(mesh);
  expect(mesh.at(4).relay.origin.route("show" as never)?.hops).toHaveLength(5);

  for (let a = 0; a < 5; a++) for (let b = a + 1; b < 5; b++) mesh.line(a, b).mend();
  await mesh.whole();
  await until(() => [1, 2, 3, 4].every((index) => mesh.at(index).relay.origin.route("show" as never)?.hops.length === 2));
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  await onePerGroup(mesh);
  for (const viewer of viewers) expect(new Set(viewer.groups).size).toBe(viewer.groups.length);
}, 30_000);

/** While nothing changes, four links carry a group once each: what comes to each relay is what one viewer of it gets. */
async function onePerGroup(mesh: Mesh): Promise<void> {
  const before = mesh.received();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = mesh.received();
  const grown = names.map((name) => (sum(after[name]) - sum(before[name])) / groupBytes);
  expect(grown[0]).toBe(0);
  for (const groups of grown.slice(1)) {
    expect(groups).toBeGreaterThan(3);
    expect(groups).toBeLessThan(18);
  }
}
