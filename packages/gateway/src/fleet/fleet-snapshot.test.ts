import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { increase } from "../query/window.ts";
import { FleetProcess } from "../testing/fleet.ts";
import { histogram, playerResource, request, sum } from "../testing/otlp-json.ts";
import type { FleetSnapshot } from "./snapshot.ts";

const nowMs = 1_800_000_000_000;
const times = { startMs: nowMs - 10_000, timeMs: nowMs };
const transport = "websocket";
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const context = { broadcast: "live/one", country: "DE", userAgent: chrome };

function body(session: number, sequence: number, played: number, starts: readonly number[]): unknown {
  const resource = playerResource({ sessionId: `session-number-${session}`, sequence, acked: sequence - 1 });
  const odd = sum("moq.client.frames_decoded", played * 30, { codec: "theora" }, times);
  return request(resource, [
    sum("moq.client.play_time", played, { transport }, times),
    histogram("moq.client.startup_time", starts, { transport }, times),
    odd,
  ]);
}

function restarted(before: FleetProcess, atMs: number): FleetProcess {
  const kept = deserialize(serialize(before.fleet.snapshot(atMs))) as FleetSnapshot;
  const after = new FleetProcess("here");
  expect(after.fleet.restore(kept, atMs + 1000)).toBe(true);
  return after;
}

test("a restored fleet goes on: no session rebases, no report counts twice, every series keeps its number, its labels and its start", () => {
  const fleet = new FleetProcess("here");
  for (const session of [1, 2, 3]) fleet.take(body(session, 1, 8.25, [0.4, 3]), nowMs + session, "here", context);
  const after = restarted(fleet, nowMs + 5000);
  expect(JSON.parse(after.state())).toEqual(expect.arrayContaining(JSON.parse(fleet.state()) as unknown[]));
  const starts = (of: FleetProcess): unknown => Object.fromEntries([...of.store.all()].map(({ key, zeroMs }) => [key, zeroMs]));
  expect(starts(after)).toEqual(starts(fleet));
  expect(after.take(body(2, 1, 8.25, [0.4, 3]), nowMs + 6000)).toEqual({ partial: { rejected: 0, message: "" }, isResync: false });
  expect(after.counts["duplicate"]).toBe(1);
  expect(after.take(body(2, 2, 10.25, [0.4, 3, 5]), nowMs + 10_000).isResync).toBe(false);
  expect(after.total("moq.client.play_time")).toBe(3 * 8.25 + 2);
  expect(after.total("moq.client.startup_time")).toBe(7);
  expect(after.total("moq.client.frames_decoded")).toBe(3 * 247.5 + 60);
  expect(after.total("moq.client.broadcast.play_time")).toBe(3 * 8.25 + 2);
  expect(after.total("moq.client.country.slow_starts")).toBe(3 + 1);
  const [played] = after.store.named("moq.client.play_time");
  expect(played?.shape.attributes).toEqual({ region: "europe", transport, device: "desktop" });
});

test("what a restored fleet counted before is no growth of now", () => {
  const fleet = new FleetProcess("here");
  fleet.take(body(1, 1, 8, []), nowMs);
  const after = restarted(fleet, nowMs + 5000);
  const [played] = after.store.named("moq.client.play_time");
  expect(played?.newest()).toBe(8);
  expect(played === undefined ? undefined : increase(played, nowMs - 60_000)).toBe(0);
});

test("sessions that were dropped are remembered, silent ones time out as they would have", () => {
  const fleet = new FleetProcess("here");
  fleet.take(body(1, 1, 8, []), nowMs);
  fleet.take(body(2, 1, 8, []), nowMs + 60_000);
  fleet.expire(nowMs + 120_000);
  expect(fleet.counts["evicted idle"]).toBe(1);
  const after = restarted(fleet, nowMs + 121_000);
  expect(after.take(body(1, 1, 8, []), nowMs + 130_000).isResync).toBe(true);
  after.expire(nowMs + 180_000);
  expect(after.counts).toMatchObject({ "evicted idle": 1, "resync unknown_acked": 1 });
  expect(after.total("moq.client.sessions_ended")).toBe(2);
});

test("a snapshot for another id, or of another vocabulary, is not taken", () => {
  const fleet = new FleetProcess("here");
  fleet.take(body(1, 1, 8, []), nowMs);
  const kept = fleet.fleet.snapshot(nowMs);
  const elsewhere = new FleetProcess("elsewhere");
  expect(elsewhere.fleet.restore(kept, nowMs)).toBe(false);
  const newer = new FleetProcess("here");
  expect(newer.fleet.restore({ ...kept, layout: "another" }, nowMs)).toBe(false);
  expect([elsewhere.table.size, newer.table.size, [...newer.store.all()].length]).toEqual([0, 0, 0]);
});
