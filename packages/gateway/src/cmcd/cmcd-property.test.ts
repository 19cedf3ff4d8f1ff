import fc from "fast-check";
import { expect, test } from "vitest";
import { CmcdProcess, line } from "../testing/cmcd.ts";

interface Step {
  readonly state: "p" | "r" | "a";
  readonly lastsMs: number;
}
interface Way {
  readonly delayMs: number;
  readonly copies: number;
  readonly isLost: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({ state: fc.constantFrom("p", "r", "a"), lastsMs: fc.integer({ min: 100, max: 9_000 }) });
const way: fc.Arbitrary<Way> = fc.record({
  delayMs: fc.integer({ min: 0, max: 1_900 }),
  copies: fc.constantFrom(1, 1, 1, 2),
  isLost: fc.constantFrom(false, false, false, false, true),
});
const session = fc.record({
  startMs: fc.integer({ min: 0, max: 5_000 }),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
  tellsTotals: fc.boolean(),
  ways: fc.array(way, { minLength: 30, maxLength: 30 }),
});
type Session = typeof session extends fc.Arbitrary<infer S> ? S : never;

interface Truth {
  readonly lines: readonly string[];
  readonly atMs: readonly number[];
  readonly figures: Readonly<Record<string, number | readonly [number, number]>>;
}

/** A viewer's lines, and what it saw. */
function play({ startMs, steps, tellsTotals }: Session): Truth {
  const atMs = [0];
  const lines = [line(0, 0, "sta=s")];
  let now = startMs;
  let [played, stalled, stalls] = [0, 0, 0];
  let before = "s";
  const totals = (): string => (tellsTotals ? `,bsa=(${stalls}),bsda=(${stalled})` : "");
  // the first thing seen is the picture
  for (const { state, lastsMs } of [{ state: "p" as const, lastsMs: 1_000 }, ...steps]) {
    if (state === "r" && before !== "r") stalls++;
    lines.push(line(lines.length, now / 1000, `sta=${state}${totals()}`));
    atMs.push(now);
    now += lastsMs;
    before = state;
    if (state === "p") played += lastsMs;
    if (state === "r") stalled += lastsMs;
  }
  lines.push(line(lines.length, now / 1000, `sta=e${totals()}`));
  atMs.push(now);
  const figures = {
    "play_attempts started": 1,
    startup_time: [1, startMs / 1000] as const,
    play_time: played / 1000,
    "sessions_ended eos": 1,
    "session_duration eos": [1, now / 1000] as const,
    ...(stalls === 0 ? {} : { rebuffer_count: stalls, rebuffer_time: stalled / 1000 }),
  };
  return { lines, atMs, figures };
}

/** Brings the lines to a gateway as a network does. */
function deliver({ lines, atMs }: Truth, ways: readonly Way[], mayLose: boolean): CmcdProcess {
  const gateway = new CmcdProcess();
  const arrivals = lines.flatMap((text, at) => {
    const { delayMs, copies, isLost } = ways[at] ?? { delayMs: 0, copies: 1, isLost: false };
    if (isLost && mayLose) return [];
    return Array.from({ length: copies }, (_, copy) => ({ text, ms: (atMs[at] ?? 0) + delayMs + copy * 40_000 }));
  });
  let ticked = 0;
  for (const { text, ms } of arrivals.toSorted((a, b) => a.ms - b.ms)) {
    for (; ticked * 1000 < ms; ticked++) gateway.tick(ticked);
    gateway.take(text, ms / 1000);
  }
  for (const later of [1, 2, 3]) gateway.tick(ticked + later);
  return gateway;
}

test("whatever is late, repeated and out of order, a viewer's figures are what it saw", () => {
  fc.assert(
    fc.property(session, (viewer) => {
      const truth = play(viewer);
      const { rebuffer_duration: _, ...figures } = deliver(truth, viewer.ways, false).figures();
      expect(figures).toEqual(truth.figures);
    }),
    { numRuns: 150 },
  );
});

test("whatever is lost besides, no figure stands above what it saw", () => {
  const flat = (value: number | readonly [number, number]): readonly number[] => (typeof value === "number" ? [value] : value);
  fc.assert(
    fc.property(session, (viewer) => {
      const truth = play(viewer);
      const gateway = deliver(truth, viewer.ways, true);
      const { rebuffer_duration: _, "sessions_ended timeout": __, ...figures } = gateway.figures();
      for (const [name, value] of Object.entries(figures)) {
        const seen = flat(truth.figures[name] ?? 0);
        flat(value).forEach((one, at) => {
          expect(one, name).toBeLessThanOrEqual((seen[at] ?? 0) + 1e-6);
        });
      }
    }),
    { numRuns: 300 },
  );
});
