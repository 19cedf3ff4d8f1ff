import { expect, test } from "vitest";
import { DeliveryRate } from "./delivery-rate.ts";

const unseen = 80_000;
/** A link that carries so much, offered `offeredBps` from 0 on; looked at every 100 ms. */
function* looks(rate: DeliveryRate, link: { readonly bps: number; readonly offeredBps: number }): Generator<number | undefined> {
  let sent = 0;
  let queue = 0;
  for (let atMs = 100; ; atMs += 100) {
    queue += link.offeredBps / 80;
    const leaves = Math.min(queue, link.bps / 80);
    queue -= leaves;
    sent += leaves;
    yield rate.look(atMs, { bytesSent: sent, bufferedBytes: queue });
  }
}
const after = (seconds: number, all: Generator<number | undefined>): number | undefined => {
  let last: number | undefined;
  for (let i = 0; i < seconds * 10; i++) last = all.next().value as number | undefined;
  return last;
};

test.each([300_000, 2_000_000, 20_000_000])("a link of %i bit/s that is offered more is known within a tenth", (bps) => {
  const known = after(40, looks(new DeliveryRate(unseen), { bps, offeredBps: bps * 2 }));
  expect(Math.abs((known ?? 0) - bps)).toBeLessThan(bps / 10);
});
test("a link that takes everything it is offered is not known, however much that is", () => {
  expect(after(60, looks(new DeliveryRate(unseen), { bps: 50_000_000, offeredBps: 49_000_000 }))).toBeUndefined();
});
test("a queue that empties between two looks tells nothing: the link may have idled", () => {
  const rate = new DeliveryRate(unseen);
  let sent = 0;
  for (let atMs = 0; atMs < 20_000; atMs += 100) {
    expect(rate.look(atMs, { bytesSent: sent, bufferedBytes: 300_000 })).toBeUndefined();
    sent += 250_000;
  }
});
test("what was measured holds for 10 s and is then unknown", () => {
  const rate = new DeliveryRate(unseen);
  let sent = 0;
  let atMs = 0;
  while (rate.look(atMs, { bytesSent: sent, bufferedBytes: 1_000_000 }) === undefined && atMs < 10_000) {
    sent += 25_000;
    atMs += 100;
  }
  const idle = (laterMs: number): number | undefined => rate.look(atMs + laterMs, { bytesSent: sent, bufferedBytes: 0 });
  expect(idle(9999)).toBeCloseTo(2_000_000, -5);
  expect(idle(10_000)).toBeUndefined();
});
test("what the transport itself knows goes before", () => {
  expect(new DeliveryRate(unseen).look(0, { bytesSent: 0, bufferedBytes: 0, sendRateBps: 5_000_000 })).toBe(5_000_000);
});
