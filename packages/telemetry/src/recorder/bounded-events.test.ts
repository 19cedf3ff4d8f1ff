import { expect, test } from "vitest";
import { memoryRecorder } from "../testing/memory-recorder.ts";
import { boundedEvents } from "./bounded-events.ts";

/** A clock that is set by hand. */
function manualClock() {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  return {
    now: () => nowMs,
    after(ms: number, run: () => void) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms: number) {
      nowMs += ms;
      for (const timer of timers) {
        if (timer.atMs > nowMs) continue;
        timers.delete(timer);
        timer.run();
      }
    },
    get timers() {
      return timers.size;
    },
  };
}

function setup() {
  const inner = memoryRecorder();
  const clock = manualClock();
  return { inner, clock, bounded: boundedEvents(inner, clock), told: () => inner.events.map(({ attributes }) => attributes) };
}
const dropped = "moq.group.dropped";

test("of one cause one record a second is told: the newest, with how many others there were", () => {
  const { bounded, clock, told } = setup();
  for (let track = 0; track < 1000; track++) bounded.event("warn", dropped, { cause: "expired", track: `${track}` });
  expect(told()).toEqual([{ cause: "expired", track: "0" }]);
  clock.advance(999);
  expect(told()).toHaveLength(1);
  clock.advance(1);
  expect(told()).toHaveLength(2);
  expect(told()[1]).toEqual({ cause: "expired", track: "999", suppressed: 998 });
  clock.advance(5_000);
  bounded.event("warn", dropped, { cause: "expired", track: "last" });
  expect(told()[2]).toEqual({ cause: "expired", track: "last" });
  expect(clock.timers).toBe(0);
});

test("every cause has its own rate, and its context goes with each record", () => {
  const { bounded, clock, inner } = setup();
  const context = { traceId: "1".repeat(32), spanId: "2".repeat(16) };
  bounded.event("warn", dropped, { cause: "expired" });
  bounded.event("warn", dropped, { cause: "no_credit" });
  bounded.event("warn", dropped, { cause: "no_credit" }, context);
  expect(inner.events).toHaveLength(2);
  clock.advance(1_000);
  expect(inner.events[2]).toMatchObject({ attributes: { cause: "no_credit" }, context });
});

test("changes of state are told one by one, and a flood of them at a hundred a second", () => {
  const { bounded, clock, told } = setup();
  for (let index = 0; index < 500; index++) bounded.event("info", "moq.session.opened", { "connection.id": `${index}` });
  expect(told()).toHaveLength(500);
  let sent = 500;
  for (let step = 0; step < 1000; step++) {
    for (let index = 0; index < 10; index++) bounded.event("info", "moq.session.opened", { "connection.id": `${sent++}` });
    clock.advance(10);
  }
  const records = told().slice(500);
  expect(records.length).toBeGreaterThan(900);
  expect(records.length).toBeLessThanOrEqual(1_001);
  const suppressed = records.reduce((sum, record) => sum + Number(record["suppressed"] ?? 0), 0);
  bounded.close();
  expect(told().length + suppressed + (Number(told().at(-1)?.["suppressed"] ?? 0) - Number(records.at(-1)?.["suppressed"] ?? 0))).toBe(
    sent,
  );
});

test("at the end nothing is held back, and what comes then is told at once", () => {
  const { bounded, clock, told } = setup();
  for (let index = 0; index < 3; index++) bounded.event("error", "moq.error", { stage: "auth", message: `${index}` });
  bounded.close();
  bounded.close();
  expect(told().map(({ message }) => message)).toEqual(["0", "2"]);
  bounded.event("error", "moq.error", { stage: "auth", message: "after" });
  expect(told()).toHaveLength(3);
  expect(clock.timers).toBe(0);
});

test("metrics and spans go through", () => {
  const { bounded, inner } = setup();
  bounded.counter("moq.relay.goaways", { direction: "sent" }).add(2);
  bounded.span("moq.accept").end();
  expect(inner.value("moq.relay.goaways")).toBe(2);
  expect(inner.spans).toHaveLength(1);
});
