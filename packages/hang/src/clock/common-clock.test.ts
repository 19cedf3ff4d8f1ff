import fc from "fast-check";
import { expect, test } from "vitest";
import { microtasks, StepClock } from "../testing/step-clock.ts";
import { type ClockEstimate, CommonClock } from "./common-clock.ts";

/** A time service on a network with these delays, whose clock differs from ours and drifts. */
class Service {
  readonly clock = new StepClock();
  asked = 0;
  epochAtZeroMs = 1_700_000_000_000;
  driftRate = 0;
  errorMs = 0;
  /** Milliseconds there and back of each exchange in turn; `undefined` is no answer. */
  delays: () => readonly [number, number] | undefined = () => [5, 5];
  epochMs(): number {
    return this.epochAtZeroMs + this.clock.now() * (1 + this.driftRate);
  }
  readonly ask = async (): Promise<unknown> => {
    this.asked++;
    const delays = this.delays();
    if (!delays) throw new Error("no answer");
    await this.#wait(delays[0]);
    const receivedMs = this.epochMs();
    await this.#wait(1);
    const sentMs = this.epochMs();
    await this.#wait(delays[1]);
    return { receivedMs, sentMs, errorMs: this.errorMs };
  };
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
  }
}
function common(service: Service) {
  const estimates: ClockEstimate[] = [];
  const clock = new CommonClock({
    url: "http://time.test/",
    clock: service.clock,
    ask: service.ask,
    onEstimate: (one) => void estimates.push(one),
  });
  return { clock, estimates };
}

test("nothing is known before the time service has answered; then it is asked 5 times, and again after a minute", async () => {
  const service = new Service();
  const { clock, estimates } = common(service);
  expect(clock.at(0)).toBeUndefined();
  await service.clock.advance(100);
  expect([service.asked, estimates.length]).toEqual([5, 1]);
  await service.clock.advance(59_000);
  expect(service.asked).toBe(5);
  await service.clock.advance(2_000);
  expect([service.asked, estimates.length]).toEqual([10, 2]);
  clock.close();
  await service.clock.advance(300_000);
  expect(service.asked).toBe(10);
});
test("the true time lies within the stated uncertainty, whatever the delays of each way, the offset and the drift", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 })), { minLength: 5, maxLength: 5 }),
      fc.integer({ min: -5_000, max: 5_000 }),
      fc.constantFrom(-100e-6, 0, 100e-6),
      async (delays, offsetMs, driftRate) => {
        const service = new Service();
        service.epochAtZeroMs += offsetMs;
        service.driftRate = driftRate;
        service.delays = () => delays[service.asked % 5] as [number, number];
        const { clock } = common(service);
        await service.clock.advance(6_000);
        for (let minute = 0; minute < 3; minute++) {
          await service.clock.advance(50_000);
          const { epochMs, uncertaintyMs } = clock.at(service.clock.now()) ?? { epochMs: Number.NaN, uncertaintyMs: 0 };
          // the clocks drift during an exchange of up to 800 ms, too
          expect(Math.abs(epochMs - service.epochMs())).toBeLessThanOrEqual(uncertaintyMs + 0.08);
        }
        const best = Math.min(...delays.map(([there, back]) => there + back));
        expect(clock.at(service.clock.now())?.uncertaintyMs).toBeLessThanOrEqual(best / 2 + 0.1 + 0.0001 * 60_000);
        clock.close();
      },
    ),
    { numRuns: 60 },
  );
});
test("the shortest of the round trips decides, and the service's own error is part of the uncertainty", async () => {
  const service = new Service();
  service.errorMs = 50;
  const trips = [90, 60, 4, 80, 70];
  service.delays = () => [trips[(service.asked - 1) % 5] as number, 0];
  const { estimates, clock } = common(service);
  await service.clock.advance(1_000);
  expect(estimates[0]?.uncertaintyMs).toBeCloseTo(2 + 50, 6);
  clock.close();
});
test("a congested minute does not make a good estimate worse, a jump of a clock replaces it", async () => {
  const service = new Service();
  const { clock } = common(service);
  await service.clock.advance(1_000);
  service.delays = () => [400, 0];
  await service.clock.advance(62_500);
  expect(clock.at(service.clock.now())?.uncertaintyMs).toBeLessThan(5 + 0.0001 * 70_000);
  service.epochAtZeroMs += 3_600_000;
  await service.clock.advance(65_000);
  const now = clock.at(service.clock.now());
  expect(Math.abs((now?.epochMs ?? 0) - service.epochMs())).toBeLessThanOrEqual(now?.uncertaintyMs ?? 0);
  clock.close();
});
test("a service that is not there is asked again after 2, 4, 8 s and so on, and what it answers wrongly is no answer", async () => {
  const service = new Service();
  service.delays = () => undefined;
  const { clock } = common(service);
  await service.clock.advance(14_500);
  expect(service.asked).toBe(20);
  service.delays = () => [5, 5];
  await service.clock.advance(20_000);
  expect(clock.at(0)).toBeDefined();
  clock.close();
  for (const answer of [undefined, "now", {}, { receivedMs: 1, sentMs: "2", errorMs: 1 }, { receivedMs: 5, sentMs: 4, errorMs: 1 }]) {
    const wrong = new CommonClock({ url: "http://time.test", clock: new StepClock(), ask: () => Promise.resolve(answer) });
    await microtasks();
    expect(wrong.at(0)).toBeUndefined();
    wrong.close();
  }
});
test("the zero of a timeline of hours keeps the time that is on it now, and is as sure as the next minute", async () => {
  const service = new Service();
  service.driftRate = 50e-6;
  const { clock } = common(service);
  await service.clock.advance(3 * 3_600_000);
  const now = service.clock.now();
  const zero = clock.zero(0);
  const uncertaintyMs = clock.at(now)?.uncertaintyMs ?? 0;
  expect(Math.abs((zero?.epochMs ?? 0) + now - service.epochMs())).toBeLessThanOrEqual(uncertaintyMs);
  expect(zero?.uncertaintyMs).toBeGreaterThanOrEqual(uncertaintyMs + 5);
  expect(zero?.uncertaintyMs).toBeLessThan(25);
  clock.close();
});
