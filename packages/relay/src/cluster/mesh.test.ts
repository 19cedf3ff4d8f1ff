import type { Path } from "@moqscope/lite";
import { afterEach, expect, test } from "vitest";
import { until } from "../testing/harness.ts";
import { SteadyPublisher, SteadyViewer } from "../testing/mesh.ts";
import { Mesh, names } from "../testing/mesh-of-five.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
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
const show = "show" as Path;

async function started(): Promise<Mesh> {
  const mesh = await Mesh.start();
  closing.push(() => mesh[Symbol.asyncDispose]());
  return mesh;
}

test("in a mesh of five each relay has one copy of a broadcast over one link, through partitions and heals, and nothing loops", async () => {
  const mesh = await started();
  const publisher = publish(mesh.url(0));
  const viewers = await watch(mesh, 1, 2, 3, 4);
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  // Whole: everybody has it from r1, and nobody from anybody else.
  expect(Object.values(mesh.received()).map((from) => Object.keys(from))).toEqual([[], ["r1"], ["r1"], ["r1"], ["r1"]]);

  // r5 cannot reach r1 any more: it has it through one of the others.
  mesh.line(0, 4).cut();
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  await onePerGroup(mesh, publisher, viewers);

  // {r1, r2} and {r3, r4, r5} cannot reach each other: one side plays on, the other has nothing, and nothing goes round in it.
  for (const a of [0, 1]) for (const b of [2, 3, 4]) mesh.line(a, b).cut();
  await until(() => [2, 3, 4].every((index) => !mesh.at(index).relay.origin.paths.includes(show)));
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
  await onePerGroup(mesh, publisher, viewers);
  expect(mesh.at(4).relay.origin.route(show)?.hops).toHaveLength(5);

  for (let a = 0; a < 5; a++) for (let b = a + 1; b < 5; b++) mesh.line(a, b).mend();
  await mesh.whole();
  await until(() => [1, 2, 3, 4].every((index) => mesh.at(index).relay.origin.route(show)?.hops.length === 2));
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  await onePerGroup(mesh, publisher, viewers);
  for (const viewer of viewers) expect(new Set(viewer.groups).size).toBe(viewer.groups.length);
  expect(mesh.loops).toEqual([]);
}, 30_000);

test("when the relay of the publisher dies, viewers of the others are back within 3 s of the publisher's return", async () => {
  const mesh = await started();
  publish(mesh.url(0), mesh.url(1));
  const viewers = await watch(mesh, 1, 2, 3, 4);
  await Promise.all(viewers.map((viewer) => viewer.renew()));
  await mesh.kill(0);
  await until(() => viewers.every(({ longestMs }) => longestMs > 0));
  const counts = viewers.map(({ groups }) => groups.length);
  await until(() => viewers.every(({ groups }, index) => groups.length > (counts[index] ?? 0) + 3));
  for (const viewer of viewers) expect(viewer.gapMs()).toBeLessThan(3_000);
});

/**
 * Once ways have settled, four links carry each of ten groups once: as many bytes come to each relay as one viewer of it gets. While a way
 * is changed both carry a group or two, so that no viewer misses one.
 */
async function onePerGroup(mesh: Mesh, publisher: SteadyPublisher, viewers: readonly SteadyViewer[]): Promise<void> {
  publisher.pause();
  const once = [0, 10, 10, 10, 10];
  let came: readonly number[] = [];
  for (let round = 0; round < 20 && came.join() !== once.join(); round++) came = await tenGroups(mesh, publisher, viewers);
  expect(came).toEqual(once);
  publisher.resume();
}
/** How many groups come to each relay while ten are published. */
async function tenGroups(mesh: Mesh, publisher: SteadyPublisher, viewers: readonly SteadyViewer[]): Promise<readonly number[]> {
  const arrived = (): Promise<void> => until(() => viewers.every(({ groups }) => groups.includes(publisher.last)));
  await arrived();
  const before = mesh.received();
  for (let count = 0; count < 10; count++) {
    publisher.write();
    await arrived();
  }
  const after = mesh.received();
  return names.map((name) => (sum(after[name]) - sum(before[name])) / groupBytes);
}
