import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatewayModel, readReport } from "../fixtures/gateway-model.ts";
import { playerMetrics } from "../registry/player/index.ts";
import type { Point } from "./points.ts";
import { type Report, ReportState } from "./report-state.ts";

const name = "moq.client.frames_received";
const record = playerMetrics[name];
const resource = { "service.name": "moq-player", "session.id": "s".repeat(16) };
function counter(media: string, value: number): Point {
  return { key: media, name, record, attributes: { media }, bounds: undefined, numbers: [value] };
}
function moment(wallMs: number, final = false) {
  return { wallMs, elapsedMs: wallMs, state: "playing", final, maxBytes: 60_000 } as const;
}
const values = (report: Report): (number | undefined)[] =>
  readReport(report.body).metrics.flatMap(({ sum }) => sum?.dataPoints.map(({ asDouble }) => asDouble) ?? []);

describe("ReportState", () => {
  test("a second report holds the changed point alone, and the acknowledged sequence", () => {
    const state = new ReportState(resource, 0);
    const first = state.next([counter("audio", 5), counter("video", 7)], moment(1));
    expect(values(first)).toEqual([5, 7]);
    state.acknowledged(first);
    const second = state.next([counter("audio", 5), counter("video", 9)], moment(2));
    expect(values(second)).toEqual([9]);
    expect(readReport(second.body)).toMatchObject({ sequence: 2, acked: 1 });
  });

  test("a value of 0 is told once", () => {
    const state = new ReportState(resource, 0);
    const first = state.next([counter("audio", 0)], moment(1));
    expect(values(first)).toEqual([0]);
    state.acknowledged(first);
    expect(values(state.next([counter("audio", 0)], moment(2)))).toEqual([]);
  });

  test("a report that was lost before a gateway was known counts nowhere, so a resync asks for its values again", () => {
    const state = new ReportState(resource, 0);
    const first = state.next([counter("audio", 5)], moment(1));
    state.unanswered(first);
    state.resync(first, "a", 2);
    expect(values(state.next([counter("audio", 6)], moment(3)))).toEqual([6]);
  });

  test("a rebased report starts later than the one before, also where the wall clock was set back", () => {
    const state = new ReportState(resource, 600_000);
    state.sawGateway("a");
    state.resync(state.next([counter("audio", 5)], moment(600_001)), "b", 10);
    const { body } = state.next([counter("audio", 5)], moment(20));
    expect(body).toContain('"startTimeUnixNano":"600001000000"');
    expect(body).toContain('"timeUnixNano":"600001000000"');
  });

  test("an unanswered report is carried by the next, whole and not relative", () => {
    const state = new ReportState(resource, 0);
    state.unanswered(state.next([counter("audio", 5)], moment(1)));
    const second = state.next([counter("audio", 5)], moment(2));
    expect(values(second)).toEqual([5]);
    expect(readReport(second.body)).toMatchObject({ sequence: 2, acked: 0 });
  });

  test("a resync makes values relative to the newest that may have been counted", () => {
    const state = new ReportState(resource, 0);
    state.sawGateway("a");
    state.acknowledged(state.next([counter("audio", 5)], moment(1)));
    state.unanswered(state.next([counter("audio", 8)], moment(2)));
    state.resync(state.next([counter("audio", 9)], moment(3)), "b", 3);
    const next = state.next([counter("audio", 12)], moment(4));
    expect(next.gateway).toBe("b");
    expect(values(next)).toEqual([4]);
    expect(readReport(next.body)).toMatchObject({ sequence: 4, acked: 0 });
    expect(next.body).toContain('"startTimeUnixNano":"3000000"');
  });

  test("the first gateway seen stays the addressee until a resync", () => {
    const state = new ReportState(resource, 0);
    state.sawGateway("a");
    state.sawGateway("b");
    expect(state.next([], moment(1)).gateway).toBe("a");
  });

  test("at most 256 points, and no more bytes than allowed; the rest comes next", () => {
    const state = new ReportState(resource, 0);
    const many = Array.from({ length: 400 }, (_, i) => counter(`m${i}`, 1));
    const first = state.next(many, moment(1));
    expect(values(first)).toHaveLength(256);
    state.acknowledged(first);
    const small = state.next(many, { ...moment(2), maxBytes: 2_000 });
    expect(small.body.length).toBeLessThanOrEqual(2_000);
    expect(values(small).length).toBeGreaterThan(0);
    state.acknowledged(small);
    expect(values(state.next(many, moment(3)))).toHaveLength(144 - values(small).length);
  });

  test("whatever is lost, restarted or forgotten, the gateway never counts more than the truth, and all of it while answers arrive", () => {
    const step = fc.record({
      add: fc.nat(5),
      series: fc.constantFrom("audio", "video"),
      lostRequest: fc.boolean(),
      lostAnswer: fc.boolean(),
      retry: fc.boolean(),
      event: fc.constantFrom("none", "none", "none", "restart", "forget"),
    });
    type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
    const run = (steps: readonly Step[], answersArrive: boolean): void => {
      const gateway = new GatewayModel();
      const state = new ReportState(resource, 0);
      state.sawGateway(gateway.id);
      const truth = { audio: 0, video: 0 };
      let wallMs = 0;
      const deliver = (report: Report, lost: boolean, unheard: boolean): boolean => {
        const answer = lost ? undefined : gateway.take(report.body, report.gateway ?? null);
        if (answer === undefined || unheard) state.unanswered(report);
        else if (answer.resync) state.resync(report, gateway.id, wallMs);
        else state.acknowledged(report);
        return answer !== undefined && !unheard;
      };
      const send = (lost: boolean, unheard: boolean, retry: boolean): void => {
        wallMs += 10;
        const report = state.next([counter("audio", truth.audio), counter("video", truth.video)], moment(wallMs));
        if (!deliver(report, lost, unheard) && retry) deliver(report, false, false);
      };
      for (const { add, series, lostRequest, lostAnswer, retry, event } of steps) {
        truth[series] += add;
        if (event === "restart") gateway.restart();
        if (event === "forget") gateway.forget(wallMs);
        send(lostRequest, !answersArrive && lostAnswer, retry);
        expect(gateway.totals.get(name) ?? 0).toBeLessThanOrEqual(truth.audio + truth.video);
      }
      // Twice: the first may be answered by a resync.
      send(false, false, false);
      send(false, false, false);
      const total = gateway.totals.get(name) ?? 0;
      expect(total).toBeLessThanOrEqual(truth.audio + truth.video);
      expect(gateway.decreasing).toBe(0);
      const lossless =
        steps.every(({ lostRequest, event }) => !lostRequest || event === "none") && steps.every(({ event }) => event === "none");
      if (answersArrive && lossless) expect(total).toBe(truth.audio + truth.video);
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), run), { numRuns: 1_000 });
  });

  test("restarts alone lose nothing while requests and answers arrive", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 40 }), (steps) => {
        const gateway = new GatewayModel();
        const state = new ReportState(resource, 0);
        let truth = 0;
        let wallMs = 0;
        const send = (): void => {
          wallMs += 10;
          const report = state.next([counter("audio", truth)], moment(wallMs));
          if (gateway.take(report.body, report.gateway ?? null).resync) state.resync(report, gateway.id, wallMs);
          else state.acknowledged(report);
        };
        for (const [add, restart] of steps) {
          truth += add;
          if (restart) gateway.restart();
          send();
        }
        send();
        send();
        expect(gateway.totals.get(name) ?? 0).toBe(truth);
      }),
    );
  });
});
