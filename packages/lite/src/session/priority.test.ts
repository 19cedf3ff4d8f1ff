import fc from "fast-check";
import { expect, test } from "vitest";
import { ControlPriority } from "../transport/transport.ts";
import { groupPriority } from "./priority.ts";

interface Given {
  readonly subscriber: number;
  readonly publisher: number;
  readonly place: number;
}
const of = ({ subscriber, publisher, place }: Given, ordered: boolean): number =>
  groupPriority({ priority: subscriber, ordered }, { priority: publisher }, place);
const u8 = fc.nat({ max: 255 });
const given = fc.record({ subscriber: u8, publisher: u8, place: fc.nat({ max: 2 ** 36 - 1 }) });

test.each([true, false])("subscriber, then publisher, then group: one order in one safe integer (ordered: %s)", (ordered) => {
  fc.assert(
    fc.property(given, given, (a, b) => {
      const places = ordered ? b.place - a.place : a.place - b.place;
      const expected = Math.sign(a.subscriber - b.subscriber || a.publisher - b.publisher || places);
      expect(Math.sign(of(a, ordered) - of(b, ordered))).toBe(expected);
      expect(Number.isSafeInteger(of(a, ordered))).toBe(true);
      expect(of(a, ordered)).toBeLessThan(ControlPriority);
    }),
    { numRuns: 500 },
  );
});
test("what is out of range stays within its field", () => {
  const most = of({ subscriber: 255, publisher: 255, place: 2 ** 36 - 1 }, false);
  expect(of({ subscriber: 300, publisher: 999, place: Number.MAX_SAFE_INTEGER }, false)).toBe(most);
  expect(of({ subscriber: 1, publisher: -4, place: -1 }, false)).toBe(of({ subscriber: 1, publisher: 0, place: 0 }, false));
});
