import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GroupFate, GroupLedger, maxRemembered } from "./group-ledger.ts";

const sum = (ledger: GroupLedger) => Object.values(ledger.counts).reduce((a, b) => a + b, 0);
function received(ledger: GroupLedger, ...sequences: number[]): void {
  for (const sequence of sequences) {
    ledger.began(sequence);
    ledger.finished(sequence);
  }
}

describe("what became of every group", () => {
  it("counts groups that came whole, from whatever sequence on", () => {
    const ledger = new GroupLedger();
    received(ledger, 7, 8, 9);
    expect(ledger.range).toEqual({ first: 7, newest: 9 });
    expect(ledger.counts).toMatchObject({ complete: 3, missing: 0 });
  });
  it("calls a sequence that was stepped over missing, until it comes late", () => {
    const ledger = new GroupLedger();
    received(ledger, 0, 3);
    expect(ledger.counts).toMatchObject({ complete: 2, missing: 2 });
    expect(ledger.reasons).toEqual({ "never came": 2 });
    received(ledger, 2);
    expect(ledger.counts).toMatchObject({ complete: 3, missing: 1 });
    expect(ledger.reasons).toEqual({ "never came": 1 });
  });
  it("tells a reset with the peer's reason", () => {
    const fates: GroupFate[] = [];
    const ledger = new GroupLedger((fate) => fates.push(fate));
    ledger.began(4);
    ledger.failed(4, "reset", "old");
    expect(ledger.counts).toMatchObject({ reset: 1, open: 0, complete: 0 });
    expect(fates).toEqual([{ first: 4, last: 4, outcome: "reset", reason: "old" }]);
  });
  it("takes the peer's word for groups it skips, before and after they were stepped over", () => {
    const ledger = new GroupLedger();
    received(ledger, 0, 5);
    ledger.skipped(1, 3, "lagged");
    ledger.skipped(6, 7, "old");
    expect(ledger.counts).toMatchObject({ complete: 2, skipped: 5, missing: 1 });
    expect(ledger.reasons).toEqual({ "never came": 1, lagged: 3, old: 2 });
    ledger.skipped(0, 5, "old");
    expect(ledger.counts).toMatchObject({ complete: 2, skipped: 6, missing: 0 });
  });
  it("calls what a lost connection cost lost, and takes it back for what is delivered again", () => {
    const ledger = new GroupLedger();
    received(ledger, 0, 1);
    ledger.began(2);
    ledger.interrupted("reconnect");
    expect(ledger.counts).toMatchObject({ complete: 2, lost: 1, open: 0 });
    received(ledger, 2, 5, 8);
    expect(ledger.counts).toMatchObject({ complete: 5, lost: 0, missing: 4 });
  });
  it("blames the connection only for the step that follows it", () => {
    const ledger = new GroupLedger();
    received(ledger, 0);
    ledger.interrupted("reconnect");
    received(ledger, 4, 6);
    expect(ledger.counts).toMatchObject({ complete: 3, lost: 3, missing: 1 });
    expect(ledger.reasons).toEqual({ reconnect: 3, "never came": 1 });
  });
  it("counts a whole group that comes again as a duplicate", () => {
    const ledger = new GroupLedger();
    received(ledger, 0, 1);
    ledger.interrupted("reconnect");
    expect(ledger.began(1)).toBe(false);
    ledger.finished(1);
    expect([ledger.counts.complete, ledger.duplicates]).toEqual([2, 1]);
  });
  it("misses what the publisher says there was", () => {
    const ledger = new GroupLedger();
    received(ledger, 0);
    ledger.ended(3);
    expect(ledger.counts).toMatchObject({ complete: 1, missing: 2 });
  });
  it("begins a new count of sequences with a new publisher and keeps the old account", () => {
    const ledger = new GroupLedger();
    received(ledger, 100, 102);
    ledger.began(103);
    ledger.restarted();
    received(ledger, 0, 1);
    expect(ledger.counts).toMatchObject({ complete: 4, missing: 1, lost: 1 });
    expect([ledger.total, ledger.range]).toEqual([6, { first: 0, newest: 1 }]);
  });
  it("takes a jump over a whole number space in one step", () => {
    const ledger = new GroupLedger();
    received(ledger, 0, Number.MAX_SAFE_INTEGER - 1);
    expect(ledger.counts.missing).toBe(Number.MAX_SAFE_INTEGER - 2);
  });
  it("remembers a bounded number of failures and counts them all", () => {
    const ledger = new GroupLedger();
    for (let sequence = 0; sequence < maxRemembered + 50; sequence++) {
      ledger.began(sequence * 2);
      ledger.failed(sequence * 2, "reset", "old");
    }
    expect(ledger.counts).toMatchObject({ reset: maxRemembered + 50, missing: maxRemembered + 49, complete: 0 });
  });
});

it("accounts for every group exactly once, whatever happens in whatever order", () => {
  const sequence = fc.nat(40);
  const step = fc.oneof(
    sequence.map((n) => (ledger: GroupLedger) => void ledger.began(n)),
    sequence.map((n) => (ledger: GroupLedger) => ledger.finished(n)),
    sequence.map((n) => (ledger: GroupLedger) => ledger.failed(n, "reset", "old")),
    fc.tuple(sequence, fc.nat(5)).map(
      ([n, more]) =>
        (ledger: GroupLedger) =>
          ledger.skipped(n, n + more, "lagged"),
    ),
    sequence.map((n) => (ledger: GroupLedger) => ledger.ended(n)),
    fc.constant((ledger: GroupLedger) => ledger.interrupted("reconnect")),
    fc.constant((ledger: GroupLedger) => ledger.restarted()),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const told = new Map<number, string>();
      const ledger = new GroupLedger(({ first, last, outcome }) => {
        for (let n = first; n <= last; n++) told.set(n, outcome);
      });
      for (const run of steps) {
        run(ledger);
        const { counts, total, reasons } = ledger;
        expect(sum(ledger)).toBe(total);
        expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(0);
        const failed = counts.reset + counts.invalid + counts.skipped + counts.lost + counts.missing;
        expect(Object.values(reasons).reduce((a, b) => a + b, 0)).toBe(failed);
      }
    }),
    { numRuns: 2000 },
  );
});
