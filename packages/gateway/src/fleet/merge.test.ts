import { expect, test } from "vitest";
import { FleetProcess } from "../testing/fleet.ts";
import { histogram, playerResource, request, sum } from "../testing/otlp-json.ts";

const nowMs = 1_800_000_000_000;
const transport = "websocket";
const sessionId = "0123456789abcdef";
const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };

/** A start of 0.4 s with an exemplar that was observed so long before the report, by the client's clock. */
function started(
  sequence: number,
  starts: number,
  at: { readonly skewMs?: number; readonly ageMs: number; readonly traceId?: string },
): unknown {
  const timeMs = nowMs + (at.skewMs ?? 0);
  const metric = histogram(
    "moq.client.startup_time",
    Array.from({ length: starts }, () => 0.4),
    { transport },
    { startMs: timeMs - 30_000, timeMs },
  ) as unknown as { histogram: { dataPoints: object[] } };
  const exemplar = { ...trace, traceId: at.traceId ?? trace.traceId, asDouble: 0.4, timeUnixNano: `${timeMs - at.ageMs}000000` };
  Object.assign(metric.histogram.dataPoints[0] ?? {}, { exemplars: [exemplar] });
  return request(playerResource({ sessionId, sequence, acked: sequence - 1 }), [metric as never]);
}

const exemplarsOf = (fleet: FleetProcess): unknown[] =>
  [...fleet.store.named("moq.client.startup_time")].flatMap(({ exemplars }) => exemplars.filter((each) => each !== undefined));

test("the newest exemplar of a bucket stays, dated by its age and not by a clock that is 10 minutes off", () => {
  const fleet = new FleetProcess("here");
  fleet.take(started(1, 1, { ageMs: 5_000, skewMs: 600_000 }), nowMs);
  expect(exemplarsOf(fleet)).toEqual([{ ...trace, value: 0.4, atMs: nowMs - 5_000 }]);
  const newer = "a".repeat(32);
  fleet.take(started(2, 2, { ageMs: 1_000, skewMs: 600_000, traceId: newer }), nowMs);
  expect(exemplarsOf(fleet)).toEqual([{ ...trace, traceId: newer, value: 0.4, atMs: nowMs - 1_000 }]);
  fleet.take(started(3, 3, { ageMs: 40_000, skewMs: 600_000 }), nowMs);
  expect(exemplarsOf(fleet)).toMatchObject([{ traceId: newer }]);
});

test("an exemplar older than a minute, without a trace, or of a report that counts nothing is not kept", () => {
  const fleet = new FleetProcess("here");
  fleet.take(started(1, 1, { ageMs: 61_000 }), nowMs);
  fleet.take(started(2, 2, { ageMs: 0, traceId: "0".repeat(32) }), nowMs);
  fleet.take(started(2, 2, { ageMs: 0 }), nowMs);
  fleet.take(started(3, 3, { ageMs: 0 }), nowMs, "elsewhere");
  expect(exemplarsOf(fleet)).toEqual([]);
  expect(fleet.total("moq.client.startup_time")).toBe(2);
});

test("latency by a clock more than 10 minutes off is left out, and said so; every counter stays exact", () => {
  const fleet = new FleetProcess("here");
  for (const [session, skewMs] of [0, 599_000, -599_000, 601_000, -601_000].entries()) {
    const times = { startMs: nowMs + skewMs - 30_000, timeMs: nowMs + skewMs };
    const all = [histogram("moq.client.latency", [0.7], { transport }, times), sum("moq.client.play_time", 10, { transport }, times)];
    fleet.take(request(playerResource({ sessionId: `session-number-${session}`, sequence: 1, acked: 0 }), all), nowMs);
  }
  expect(fleet.total("moq.client.latency")).toBe(3);
  expect(fleet.total("moq.client.play_time")).toBe(50);
  expect(fleet.counts).toMatchObject({ "clamped time_skew": 2 });
});

test("a session leaves the live ones after 90 s of silence, and at once with its final report", () => {
  const fleet = new FleetProcess("here");
  const report = (sequence: number, isFinal: boolean): unknown =>
    request(playerResource({ sessionId, sequence, acked: sequence - 1, isFinal }), []);
  fleet.take(report(1, false), nowMs);
  const live = (atMs: number): unknown => Object.fromEntries(fleet.table.live(atMs));
  expect([live(nowMs + 90_000), live(nowMs + 90_001)]).toEqual([{ playing: 1 }, {}]);
  fleet.take(report(2, true), nowMs + 1000);
  expect(live(nowMs + 1000)).toEqual({});
});

test("when the points of all sessions take more memory than they may, the longest silent go", () => {
  const fleet = new FleetProcess("here", { pointBytes: 10 * 64 });
  for (let session = 10; session < 30; session++) {
    const times = { startMs: nowMs - 1000, timeMs: nowMs };
    const all = [sum("moq.client.play_time", 1, { transport }, times)];
    fleet.take(request(playerResource({ sessionId: `session-number-${session}`, sequence: 1, acked: 0 }), all), nowMs + session * 5_000);
  }
  expect(fleet.table.size).toBe(10);
  expect(fleet.table.pointBytes).toBe(640);
  expect(fleet.counts["evicted lru"]).toBe(10);
});
