import { expect, it } from "vitest";
import { bufferBadness, joinBadness, stallRatioBadness, startupBadness } from "./badness.ts";

it("never colours what is well", () => {
  expect([startupBadness(2), stallRatioBadness(0.005), joinBadness({ started: 5_000 }), joinBadness({}), bufferBadness(0.02)]).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});

it("warns past the objective and calls bad what would page", () => {
  expect([startupBadness(2.1), startupBadness(4.1)].map((one) => one?.level)).toEqual(["warn", "bad"]);
  expect([stallRatioBadness(0.006), stallRatioBadness(0.08)].map((one) => one?.level)).toEqual(["warn", "bad"]);
  expect(bufferBadness(0)?.level).toBe("warn");
});

it("does not call one failure of three a catastrophe", () => {
  expect(joinBadness({ started: 2, failed: 1 })?.level).toBe("warn");
  expect(joinBadness({ started: 60, failed: 10 })?.level).toBe("bad");
});
