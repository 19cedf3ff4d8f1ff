import { describe, expect, test } from "vitest";
import { GatewayError } from "../error.ts";
import { FleetProcess } from "../testing/fleet.ts";
import { gauge, histogram, playerResource, request, sum, upDown } from "../testing/otlp-json.ts";

const nowMs = 1_800_000_000_000;
const times = { startMs: nowMs - 10_000, timeMs: nowMs };
const labels = { outcome: "started", transport: "websocket" };
const sessionId = "0123456789abcdef";

function report(sequence: number, acked: number, value: number, at: { startMs: number; timeMs: number } = times): unknown {
  return request(playerResource({ sessionId, sequence, acked }), [sum("moq.client.play_attempts", value, labels, at)]);
}

describe("a session's reports", () => {
  test("a first report counts whole, the next one by what it grew", () => {
    const fleet = new FleetProcess("here");
    fleet.take(report(1, 0, 2), nowMs);
    fleet.take(report(2, 1, 5), nowMs + 10_000);
    expect(fleet.total("moq.client.play_attempts")).toBe(5);
    expect(fleet.counts).toMatchObject({ merged: 2 });
  });

  test("an accepted body, sent again any number of times, moves no series", () => {
    const fleet = new FleetProcess("here");
    const bodies = [report(1, 0, 2), report(2, 1, 5), report(3, 2, 9)];
    for (const body of bodies) fleet.take(body, nowMs);
    const before = fleet.state();
    for (const body of [...bodies, ...bodies.toReversed()]) fleet.take(body, nowMs + 1000);
    expect(fleet.state()).toBe(before);
    expect(fleet.counts["duplicate"]).toBe(6);
  });

  test("a lost report is a gap and its values come with the next one", () => {
    const fleet = new FleetProcess("here");
    fleet.take(report(1, 0, 2), nowMs);
    fleet.take(report(5, 1, 9), nowMs);
    expect(fleet.counts["gap"]).toBe(3);
    expect(fleet.total("moq.client.play_attempts")).toBe(9);
  });

  test("values meant for another process, or without a process beside a sequence, count nothing and ask for a rebase", () => {
    const fleet = new FleetProcess("here");
    expect(fleet.take(report(1, 0, 2), nowMs, "elsewhere").isResync).toBe(true);
    expect(fleet.take(report(2, 0, 2), nowMs, "").isResync).toBe(true);
    expect(fleet.counts["resync moved"]).toBe(2);
    expect([...fleet.store.all()]).toEqual([]);
  });

  test("an unknown session with something acknowledged counts nothing and is asked to rebase; the rebased report counts", () => {
    const fleet = new FleetProcess("here");
    expect(fleet.take(report(7, 6, 40), nowMs).isResync).toBe(true);
    expect(fleet.total("moq.client.play_attempts")).toBe(0);
    expect(fleet.take(report(8, 0, 1, { startMs: nowMs, timeMs: nowMs + 10 }), nowMs).isResync).toBe(false);
    expect(fleet.total("moq.client.play_attempts")).toBe(1);
    expect(fleet.counts["resync unknown_acked"]).toBe(1);
  });

  test("an unknown session older than the idle expiry is asked to rebase: its entry may have been dropped", () => {
    const fleet = new FleetProcess("here");
    expect(fleet.take(report(1, 0, 2, { startMs: nowMs - 121_000, timeMs: nowMs }), nowMs).isResync).toBe(true);
    expect(fleet.take(report(2, 0, 2, { startMs: nowMs - 119_000, timeMs: nowMs }), nowMs).isResync).toBe(false);
  });

  test("a later start makes every base zero, once per report", () => {
    const fleet = new FleetProcess("here");
    fleet.take(report(1, 0, 5), nowMs);
    fleet.take(report(2, 0, 3, { startMs: nowMs + 1, timeMs: nowMs + 2 }), nowMs);
    expect(fleet.total("moq.client.play_attempts")).toBe(8);
    expect(fleet.counts["resync start_changed"]).toBe(1);
  });

  test("a client that starts anew under the same id counts from its first report on; what is left of the old one is out of date", () => {
    const fleet = new FleetProcess("here");
    fleet.take(report(1, 0, 5), nowMs);
    fleet.take(report(20, 19, 7), nowMs);
    const anew = { startMs: nowMs + 1000, timeMs: nowMs + 2000 };
    expect(fleet.take(report(1, 0, 2, anew), nowMs).isResync).toBe(false);
    fleet.take(report(21, 20, 8), nowMs);
    fleet.take(report(2, 1, 4, anew), nowMs);
    expect(fleet.total("moq.client.play_attempts")).toBe(11);
    expect(fleet.counts).toMatchObject({ duplicate: 1, "resync start_changed": 1 });
    expect(fleet.counts["gap"]).toBe(18);
  });

  test("a rebased session is not taken for one that has just begun: what it played since its last report counts", () => {
    const fleet = new FleetProcess("here");
    const resource = playerResource({ sessionId, sequence: 4, acked: 0, elapsedMs: 30_000 });
    const rebased = { startMs: nowMs, timeMs: nowMs + 10 };
    fleet.take(request(resource, [sum("moq.client.play_time", 10, { transport: "websocket" }, rebased)]), nowMs);
    expect(fleet.total("moq.client.play_time")).toBe(10);
    expect(fleet.counts["clamped"]).toBe(0);
  });

  test("a session whose first report came late is as old as its next one says", () => {
    const fleet = new FleetProcess("here");
    const at = (sequence: number, seconds: number): unknown => {
      const resource = playerResource({ sessionId, sequence, acked: 0, elapsedMs: seconds * 1000 });
      return request(resource, [sum("moq.client.play_time", seconds, { transport: "websocket" }, times)]);
    };
    fleet.take(at(1, 1), nowMs + 19_000);
    fleet.take(at(2, 20), nowMs + 20_000);
    expect(fleet.total("moq.client.play_time")).toBe(20);
  });

  test("a falling value is refused and the old base is kept", () => {
    const fleet = new FleetProcess("here");
    fleet.take(report(1, 0, 5), nowMs);
    expect(fleet.take(report(2, 1, 3), nowMs).partial).toEqual({ rejected: 1, message: "1 × decreasing" });
    fleet.take(report(3, 2, 6), nowMs);
    expect(fleet.total("moq.client.play_attempts")).toBe(6);
  });

  test("an ended session is forgotten after a minute, and its last body is still not counted again an hour long", () => {
    const fleet = new FleetProcess("here");
    const last = request(playerResource({ sessionId, sequence: 1, acked: 0, isFinal: true }), [
      sum("moq.client.play_attempts", 1, labels, times),
    ]);
    fleet.take(last, nowMs);
    fleet.expire(nowMs + 59_000);
    expect(fleet.table.size).toBe(1);
    fleet.expire(nowMs + 60_000);
    expect(fleet.counts["evicted ended"]).toBe(1);
    expect(fleet.take(last, nowMs + 3_000_000).isResync).toBe(true);
    expect(fleet.total("moq.client.play_attempts")).toBe(1);
    expect(fleet.total("moq.client.sessions_ended")).toBe(0);
  });

  test("a session that goes silent in a stall ends by timeout, with the length of the open stall", () => {
    const fleet = new FleetProcess("here");
    const stall = { cause: "network", transport: "websocket" };
    const all = [
      sum("moq.client.rebuffer_time", 7.5, stall, times),
      sum("moq.client.rebuffer_count", 2, stall, times),
      histogram("moq.client.rebuffer_duration", [2.5], stall, times),
    ];
    fleet.take(request(playerResource({ sessionId, sequence: 1, acked: 0, state: "rebuffering" }), all), nowMs);
    fleet.expire(nowMs + 119_999);
    expect(fleet.total("moq.client.sessions_ended")).toBe(0);
    fleet.expire(nowMs + 120_000);
    const [ended] = fleet.store.named("moq.client.sessions_ended");
    expect(ended?.shape.attributes).toEqual({ reason: "timeout", region: "unknown", transport: "websocket" });
    expect(fleet.total("moq.client.sessions_ended")).toBe(1);
    expect(fleet.total("moq.client.rebuffer_duration", 0)).toBe(2);
    expect(fleet.total("moq.client.rebuffer_duration", 1)).toBeCloseTo(7.5);
    expect(fleet.total("moq.client.rebuffer_time")).toBe(7.5);
  });

  test("a table that is too small evicts the longest silent and counts nothing twice", () => {
    const fleet = new FleetProcess("here", { sessions: 1 });
    const of = (id: string, sequence: number, value: number): unknown =>
      request(playerResource({ sessionId: id, sequence, acked: 0 }), [sum("moq.client.play_attempts", value, labels, times)]);
    fleet.take(of("aaaaaaaaaaaaaaaa", 1, 1), nowMs);
    expect(fleet.take(of("bbbbbbbbbbbbbbbb", 1, 1), nowMs + 20_000).isResync).toBe(false);
    expect(fleet.counts["evicted lru"]).toBe(1);
    expect(fleet.take(of("aaaaaaaaaaaaaaaa", 2, 2), nowMs + 20_000).isResync).toBe(true);
    expect(fleet.total("moq.client.play_attempts")).toBe(2);
  });
});

describe("a stock SDK without sequence", () => {
  const resource = { "service.name": "moq-player", "service.instance.id": "0f8fad5b-d9cb-469f-a165-70867728950e" };
  const body = (value: number, ageMs: number, timeMs: number): unknown =>
    request(resource, [sum("moq.client.play_attempts", value, labels, { startMs: timeMs - ageMs, timeMs })]);

  test("counts whole when it is young, and by growth after that", () => {
    const fleet = new FleetProcess("here");
    fleet.take(body(3, 60_000, nowMs), nowMs, undefined);
    fleet.take(body(4, 70_000, nowMs + 10_000), nowMs, undefined);
    fleet.take(body(4, 70_000, nowMs + 10_000), nowMs, undefined);
    expect(fleet.total("moq.client.play_attempts")).toBe(4);
    expect(fleet.counts["duplicate"]).toBe(1);
  });

  test("of unknown past makes a base that counts nothing", () => {
    const fleet = new FleetProcess("here");
    fleet.take(body(100, 600_000, nowMs), nowMs, undefined);
    fleet.take(body(103, 610_000, nowMs + 10_000), nowMs, undefined);
    expect(fleet.total("moq.client.play_attempts")).toBe(3);
    expect(fleet.counts["resync compat"]).toBe(1);
  });
});

describe("what the registry does not hold", () => {
  const wrongBounds = histogram("moq.client.startup_time", [0.3], { transport: "websocket" }, times) as {
    histogram: { dataPoints: { explicitBounds: number[] }[] };
  };
  const [point] = wrongBounds.histogram.dataPoints;
  if (point !== undefined) point.explicitBounds = point.explicitBounds.map((bound) => bound * 2);
  const delta = sum("moq.client.play_attempts", 1, labels, times) as { sum: { aggregationTemporality: number } };
  delta.sum.aggregationTemporality = 1;

  test.each([
    ["unknown_metric", sum("moq.client.invented", 1, {}, times)],
    ["unknown_metric", sum("moq.relay.bytes_sent", 1, { transport: "websocket", peer: "client" }, times)],
    ["wrong_type", gauge("moq.client.play_attempts", 1, labels, times)],
    ["wrong_type", upDown("moq.client.play_attempts", 1, labels, times)],
    ["wrong_type", { ...sum("moq.client.play_attempts", 1, labels, times), unit: "s" }],
    ["wrong_temporality", delta],
    ["wrong_bounds", wrongBounds],
    ["not_finite", sum("moq.client.play_attempts", "NaN" as never, labels, times)],
    ["not_finite", sum("moq.client.play_attempts", "Infinity" as never, labels, times)],
    ["negative", sum("moq.client.play_attempts", -1, labels, times)],
  ])("%s is refused by name and adds no series", (reason, metric) => {
    const fleet = new FleetProcess("here");
    const answer = fleet.take(request(playerResource({ sessionId, sequence: 1, acked: 0 }), [metric]), nowMs);
    expect(answer.partial).toEqual({ rejected: 1, message: `1 × ${reason}` });
    expect(fleet.counts).toMatchObject({ [`rejected ${reason}`]: 1 });
    expect([...fleet.store.all()]).toEqual([]);
  });

  test("values outside a closed set are folded, unknown labels stripped, and each point keeps its own base", () => {
    const fleet = new FleetProcess("here");
    const all = (a: number, b: number): unknown[] => [
      sum("moq.client.frames_decoded", a, { codec: "theora" }, times),
      sum("moq.client.frames_decoded", b, { codec: "dirac", user: "alice" }, times),
    ];
    fleet.take(request(playerResource({ sessionId, sequence: 1, acked: 0 }), all(10, 20) as never), nowMs);
    fleet.take(request(playerResource({ sessionId, sequence: 2, acked: 1 }), all(11, 25) as never), nowMs);
    expect([...fleet.store.all()].map(({ shape }) => shape.attributes)).toEqual([{ codec: "other" }]);
    expect(fleet.total("moq.client.frames_decoded")).toBe(36);
  });

  test("no physics: the same session cannot have played longer than it was there", () => {
    const fleet = new FleetProcess("here");
    const played = (sequence: number, seconds: number): unknown =>
      request(playerResource({ sessionId, sequence, acked: sequence - 1 }), [
        sum("moq.client.play_time", seconds, { transport: "websocket" }, times),
      ]);
    fleet.take(played(1, 1e9), nowMs);
    expect(fleet.total("moq.client.play_time")).toBe(15);
    fleet.take(played(2, 2e9), nowMs + 10_000);
    expect(fleet.total("moq.client.play_time")).toBe(25);
    expect(fleet.counts["clamped"]).toBe(2);
  });

  test("a histogram whose sum its buckets do not allow is cut to them", () => {
    const fleet = new FleetProcess("here");
    const lie = histogram("moq.client.startup_time", [0.3], { transport: "websocket" }, times) as {
      histogram: { dataPoints: { sum: number }[] };
    };
    const [first] = lie.histogram.dataPoints;
    if (first !== undefined) first.sum = 1e308;
    fleet.take(request(playerResource({ sessionId, sequence: 1, acked: 0 }), [lie as never]), nowMs);
    expect(fleet.total("moq.client.startup_time", 1)).toBeCloseTo(0.3);
  });
});

describe("cardinality", () => {
  test("10 000 hostile bodies add no series outside the registry", () => {
    const fleet = new FleetProcess("here", { sessions: 1000 });
    const names = [
      "moq.client.play_attempts",
      "moq.client.errors",
      "moq.client.frames_decoded",
      "moq.client.invented",
      "__proto__",
      "constructor",
    ];
    for (let n = 0; n < 10_000; n++) {
      const name = `${names[n % names.length]}${n % 7 === 0 ? n : ""}`;
      const labelled = { outcome: `o${n}`, transport: `t${n}`, codec: `c${n}`, "session.id": `s${n}`, [`key${n}`]: "x", __proto__: "y" };
      const body = request(playerResource({ sessionId: `hostile-session-${n}`, sequence: 1, acked: 0 }), [
        { ...sum(name, n, labelled, times), unit: "" } as never,
      ]);
      fleet.take(body, nowMs + n);
    }
    const all = [...fleet.store.all()].filter(({ shape }) => !/^moq\.client\.(?:country|broadcast)\./.test(shape.name));
    const series = all.map(({ shape }) => `${shape.name}${JSON.stringify(shape.attributes)}`);
    expect(series.toSorted()).toEqual([
      'moq.client.errors{"error.type":"other","fatal":"false"}',
      'moq.client.frames_decoded{"codec":"other"}',
      'moq.client.play_attempts{"outcome":"exited","region":"unknown","transport":"unknown"}',
    ]);
    expect(fleet.table.size).toBe(1000);
  }, 60_000);

  test("one session cannot make the gateway remember more points than its limit", () => {
    const fleet = new FleetProcess("here");
    for (let sequence = 1; sequence <= 20; sequence++) {
      const all = Array.from({ length: 100 }, (_, n) => sum("moq.client.frames_decoded", 1, { codec: `${sequence}-${n}` }, times));
      fleet.take(request(playerResource({ sessionId, sequence, acked: sequence - 1 }), all as never), nowMs);
    }
    expect(fleet.fleet.views.newest(1)[0]?.points.length).toBe(512);
    expect(fleet.counts["rejected too_many_points"]).toBe(2000 - 512);
  });
});

describe("a body that is no report", () => {
  test.each([
    ["no resource", { resourceMetrics: [] }],
    ["two resources", { resourceMetrics: [{}, {}] }],
    ["another service", request({ "service.name": "moq-relay", "session.id": sessionId }, [])],
    ["a short session id", request(playerResource({ sessionId: "short", sequence: 1, acked: 0 }), [])],
    ["a sequence of 0", request(playerResource({ sessionId, sequence: 0, acked: 0 }), [])],
    ["a sequence without acked", request({ "service.name": "moq-player", "session.id": sessionId, "moq.report.sequence": 1 }, [])],
  ])("%s is malformed", (_, body) => {
    const fleet = new FleetProcess("here");
    expect(() => fleet.take(body, nowMs)).toThrow(GatewayError);
    expect(fleet.table.size).toBe(0);
  });
});
