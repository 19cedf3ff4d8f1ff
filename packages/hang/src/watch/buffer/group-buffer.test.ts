import { Group, LiteError, LiteErrorCode } from "@moqscope/lite";
import { expect, it } from "vitest";
import { LegacyFrame } from "../../container/legacy.ts";
import { GroupBuffer } from "./group-buffer.ts";
import type { GroupOutcome } from "./group-ledger.ts";

function rig(refuse?: (firstUs: number) => boolean) {
  const outcomes: Partial<Record<GroupOutcome, number>> = {};
  const dropped: string[] = [];
  let rewinds = 0;
  let invalid = 0;
  const buffer = new GroupBuffer({
    now: () => 0,
    leadUs: 10,
    ...(refuse ? { refuse } : {}),
    events: {
      received() {},
      dropped: (count, why) => void dropped.push(`${count} ${why}`),
      group: (outcome, count) => void (outcomes[outcome] = (outcomes[outcome] ?? 0) + count),
      rewound: () => void rewinds++,
      invalid: () => void invalid++,
      changed() {},
      ended() {},
    },
  });
  const open = (sequence: number, ...timestamps: number[]) => {
    const group = new Group(sequence);
    for (const timestampUs of timestamps) add(group, timestampUs);
    buffer.group(group);
    return group;
  };
  const add = (group: Group, timestampUs: number) =>
    group.append({ timestamp: timestampUs, payload: LegacyFrame.encode({ timestampUs, payload: Uint8Array.of(1) }) });
  const whole = (sequence: number, ...timestamps: number[]) => {
    const group = open(sequence, ...timestamps);
    group.finish();
    return group;
  };
  const drain = (positionUs?: number) => {
    const taken: number[] = [];
    for (let frame = buffer.next(positionUs); frame; frame = buffer.next(positionUs)) taken.push(frame.timestampUs);
    return taken;
  };
  return { buffer, outcomes, dropped, open, add, whole, drain, counts: () => ({ rewinds, invalid }) };
}
const reset = new LiteError(LiteErrorCode.streamReset, "reset");

it("hands frames out in the order of play though groups arrive in disorder, each group complete", () => {
  const { whole, drain, outcomes } = rig();
  whole(0, 0, 1000);
  whole(2, 4000, 5000);
  expect(drain(0)).toEqual([0, 1000]);
  whole(1, 2000, 3000);
  expect(drain(0)).toEqual([2000, 3000, 4000, 5000]);
  expect(outcomes).toEqual({ complete: 3 });
});
it("waits for a missing group until the next is due, then counts it once as missing", () => {
  const { buffer, whole, drain, outcomes } = rig();
  whole(0, 0, 1000);
  whole(2, 9000);
  expect(drain(1000)).toEqual([0, 1000]);
  expect(drain(8000)).toEqual([]);
  expect(drain(8995)).toEqual([9000]);
  expect(outcomes).toEqual({ complete: 2 });
  buffer.close();
  expect(outcomes).toEqual({ complete: 2, missing: 1 });
});
it("counts a group that comes after it was passed as late, not as missing too", () => {
  const { buffer, whole, drain, outcomes, dropped } = rig();
  whole(0, 0);
  whole(2, 9000);
  drain(0);
  drain(9000);
  whole(1, 5000);
  buffer.close();
  expect(outcomes).toEqual({ complete: 2, late: 1 });
  expect(dropped).toEqual(["1 late"]);
});
it("goes on without a loss when time shows that sequences jumped", () => {
  const { buffer, whole, drain, outcomes } = rig();
  whole(0, 0, 1000);
  whole(500, 2000, 3000);
  expect(drain(0)).toEqual([0, 1000, 2000, 3000]);
  buffer.close();
  expect(outcomes).toEqual({ complete: 2 });
});
it("gives up a group that still lacks frames when the next one is due", () => {
  const { open, add, whole, drain, outcomes, dropped } = rig();
  const first = open(0, 0);
  expect(drain(0)).toEqual([0]);
  whole(1, 5000);
  add(first, 1000);
  expect(drain(5000)).toEqual([5000]);
  expect(outcomes).toEqual({ skipped: 1, complete: 1 });
  expect(dropped).toEqual(["1 passed"]);
  add(first, 2000);
  expect(dropped).toEqual(["1 passed"]);
});
it.each([
  ["complete when its end follows in time", 4000, "finish", "complete"],
  ["late when its end comes after the playhead left it", 6000, "finish", "late"],
  ["reset when it is cut off", 4995, "abort", "reset"],
] as const)("counts a group whose frames were all played as %s", (_, positionUs, end, outcome) => {
  const { open, whole, drain, outcomes } = rig();
  const first = open(0, 0);
  drain(0);
  whole(1, 5000);
  drain(4992);
  drain(positionUs);
  if (end === "finish") first.finish();
  else first.abort(reset);
  expect(outcomes).toEqual({ complete: outcome === "complete" ? 2 : 1, ...(outcome === "complete" ? {} : { [outcome]: 1 }) });
});
it("does not pass over frames that are here and still in time", () => {
  const { whole, drain, outcomes } = rig();
  whole(0, 0, 95);
  whole(1, 100);
  expect(drain(92)).toEqual([0, 95, 100]);
  expect(outcomes).toEqual({ complete: 2 });
});
it("passes over everything before the newest group that is due", () => {
  const { whole, drain, outcomes, dropped } = rig();
  whole(0, 0, 1000);
  whole(1, 2000, 3000);
  whole(2, 4000, 5000);
  whole(3, 6000);
  expect(drain(4500)).toEqual([4000, 5000, 6000]);
  expect(outcomes).toEqual({ skipped: 2, complete: 2 });
  expect(dropped).toEqual(["2 passed", "2 passed"]);
});
it("passes over what is past after a late step, and over nothing that is still in time", () => {
  const { whole, drain, outcomes, dropped } = rig();
  whole(0, 0);
  expect(drain(0)).toEqual([0]);
  for (let sequence = 1; sequence < 8; sequence++) whole(sequence, sequence * 5);
  expect(drain(20)).toEqual([20, 25, 30, 35]);
  expect(outcomes).toEqual({ skipped: 3, complete: 5 });
  expect(dropped).toEqual(["1 passed", "1 passed", "1 passed"]);
});
it("does not wait for groups that the peer said will not come", () => {
  const { buffer, whole, drain, outcomes } = rig();
  whole(0, 0);
  drain(0);
  buffer.dropped({ first: 1, last: 2, code: 2 });
  whole(3, 900_000);
  expect(drain(0)).toEqual([900_000]);
  buffer.close();
  expect(outcomes).toEqual({ complete: 2, reset: 2 });
});
it("bounds what an announced loss of 2^53 groups can cost", () => {
  const { buffer, whole, drain, outcomes } = rig();
  whole(0, 0);
  drain(0);
  buffer.dropped({ first: 1, last: Number.MAX_SAFE_INTEGER, code: 0 });
  expect(outcomes.reset).toBe(64);
});
it("tells of media time that starts anew", () => {
  const { whole, drain, counts } = rig();
  whole(0, 9_000_000);
  drain(9_000_000);
  whole(1, 0);
  expect(drain(9_000_000)).toEqual([0]);
  expect(counts().rewinds).toBe(1);
});
it("skips refused groups at their first frame, and leaves out frames that are none", async () => {
  const { whole, drain, outcomes, open, counts } = rig((firstUs) => firstUs < 1000);
  whole(0, 0, 500);
  whole(1, 2000);
  await Promise.resolve();
  expect(drain(0)).toEqual([2000]);
  expect(outcomes).toEqual({ skipped: 1, complete: 1 });
  open(2).append({ timestamp: 0, payload: new Uint8Array() });
  expect(counts().invalid).toBe(1);
});
it("counts what is open at the end as incomplete and reads no further", () => {
  const { buffer, open, add, whole, outcomes } = rig();
  const group = open(0, 0);
  whole(1, 1000);
  buffer.close();
  buffer.close();
  add(group, 500);
  expect(outcomes).toEqual({ incomplete: 1, complete: 1 });
});
