import { expect, test } from "vitest";
import type { Peer } from "./classify.ts";
import { OpenQueues } from "./open-queues.ts";

const random = (): (() => number) => {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};
function sampled(queues: OpenQueues): [Peer, number][] {
  const told: [Peer, number][] = [];
  queues.sample((peer, depth) => told.push([peer, depth]));
  return told;
}

test("each of few is asked once, with the peer that it has by then", () => {
  const queues = new OpenQueues(random());
  let peer: Peer = "client";
  queues.add({ openGroups: 3 }, () => peer);
  queues.add({ openGroups: 0 }, () => "publisher");
  peer = "relay";
  expect(sampled(queues)).toEqual([
    ["relay", 3],
    ["publisher", 0],
  ]);
});

test("of a thousand 256 are asked, none twice, and all in turn", () => {
  const queues = new OpenQueues(random());
  for (let index = 0; index < 1000; index++) queues.add({ openGroups: index }, () => "client");
  const seen = new Set<number>();
  for (let round = 0; round < 40; round++) {
    const depths = sampled(queues).map(([, depth]) => depth);
    expect(new Set(depths).size).toBe(256);
    for (const depth of depths) seen.add(depth);
  }
  expect(seen.size).toBe(1000);
});

test("who has left is not asked any more, in whatever order they leave", () => {
  const queues = new OpenQueues(random());
  const leave = Array.from({ length: 600 }, (_, index) => queues.add({ openGroups: index }, () => "client"));
  sampled(queues);
  for (const [index, each] of leave.entries()) if (index % 3 > 0) each();
  leave[1]?.();
  expect(
    sampled(queues)
      .map(([, depth]) => depth)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 200 }, (_, index) => index * 3));
});
