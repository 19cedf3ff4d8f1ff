import { toPath } from "@moqscope/lite";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { expect, test } from "vitest";
import { BroadcastTable } from "./broadcast-cells.ts";

function setup(limit = 2) {
  const recorder = memoryRecorder();
  let nowMs = 0;
  const table = new BroadcastTable(recorder, limit, () => nowMs);
  const labels = (): string[] => {
    const sent = recorder.store.collect().find(({ name }) => name === "moq.relay.broadcast.bytes_sent");
    return (sent?.points ?? []).map(({ attributes }) => attributes["broadcast"] ?? "").sort();
  };
  const sent = (broadcast: string) => recorder.value("moq.relay.broadcast.bytes_sent", { broadcast });
  const viewers = (broadcast: string) => recorder.value("moq.relay.broadcast.subscribers", { broadcast });
  /** Ranks so often, ten seconds apart, as an export every 10 s does. */
  const rank = (times: number): void => {
    for (let time = 0; time < times; time++) {
      nowMs += 10_000;
      recorder.store.collect();
    }
  };
  return { recorder, table, labels, sent, viewers, rank };
}

test("free places go to who comes first; who is stronger for 30 s takes the place of the weakest, which had it for 5 minutes", () => {
  const { table, labels, rank, viewers } = setup(2);
  const held = ["a", "b", "c"].map((path) => table.announced(toPath(path)));
  table.viewer(toPath("a"));
  expect(labels()).toEqual(["a", "b", "other"]);
  for (let index = 0; index < 6; index++) table.viewer(toPath("c"));
  rank(29);
  expect(labels()).toEqual(["a", "b", "other"]);
  expect([viewers("a"), viewers("b"), viewers("other")]).toEqual([1, 0, 6]);
  rank(1);
  expect(viewers("c")).toBe(6);
  expect(viewers("b")).toBeUndefined();
  expect(viewers("other")).toBe(0);
  // The last value of a series stays for one export more.
  expect(labels()).toContain("b");
  rank(1);
  expect(labels()).not.toContain("b");
  for (const lease of held) lease.release();
});

test("by bytes where viewers are equal", () => {
  const { table, labels, rank } = setup(1);
  const [first, second] = [table.cells(toPath("first")), table.cells(toPath("second"))];
  for (let time = 0; time < 40; time++) {
    first.bytesSent.add(100);
    second.bytesSent.add(time < 20 ? 110 : 130);
    rank(1);
  }
  expect(labels()).toContain("second");
  expect(labels()).not.toContain("first");
});

test("over a churn of a thousand broadcasts every counter is monotonic, and the sum grows as the total does at every export", () => {
  const { recorder, table, rank } = setup(20);
  let total = 0;
  let state = 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const flows = Array.from({ length: 1000 }, (_, index) => table.cells(toPath(`room/${index}`)));
  const before = new Map<string, number>();
  let ended = 0;
  for (let round = 0; round < 160; round++) {
    for (let count = 0; count < 200; count++) {
      // The busy ones change now and then, and with them whose places are.
      const flow = flows[(Math.floor(round / 40) * 60 + Math.floor(random() * 60)) % 1000];
      const bytes = Math.floor(random() * 10_000);
      flow?.bytesSent.add(bytes);
      total += bytes;
    }
    rank(1);
    const points = recorder.store.collect().find(({ name }) => name === "moq.relay.broadcast.bytes_sent")?.points ?? [];
    expect(points.length).toBeLessThanOrEqual(41);
    const now = new Map(points.map((point) => [point.attributes["broadcast"] ?? "", "value" in point ? point.value : 0]));
    for (const [label, value] of before) {
      if (now.has(label)) expect(now.get(label)).toBeGreaterThanOrEqual(value);
      else ended += value;
    }
    before.clear();
    for (const [label, value] of now) before.set(label, value);
    // What is there, and what had ended with its last value exported.
    expect([...now.values()].reduce((sum, value) => sum + value, 0) + ended).toBe(total);
  }
  expect(ended).toBeGreaterThan(0);
});

test("who is gone and has no place is forgotten, and what comes late is counted all the same", () => {
  const { recorder, table, rank, sent } = setup(1);
  table.viewer(toPath("stays"));
  const late = table.cells(toPath("gone"));
  table.announced(toPath("gone")).release();
  rank(5);
  late.bytesSent.add(7);
  expect(sent("other")).toBe(7);
  expect(recorder.value("moq.relay.broadcast.bytes_sent")).toBe(7);
});

test("a broadcast that is called other has a series of its own", () => {
  const { table, sent } = setup(1);
  table.cells(toPath("other")).bytesSent.add(3);
  expect(sent("other~path")).toBe(3);
  expect(sent("other")).toBeUndefined();
});
