import { expect } from "vitest";
import { mostGapMs } from "./book.ts";
import { type ChaosOptions, chaos } from "./chaos.ts";

/** Of memory, over what there was when it was warm. */
const mostGrowth = 1.1;

/** Runs it with a seed that is printed (`MOQSCOPE_CHAOS_SEED` repeats one) and holds what must hold however it went. */
export async function expectOrder(options: Omit<ChaosOptions, "seed" | "say">): Promise<void> {
  const seed = Number(process.env["MOQSCOPE_CHAOS_SEED"] ?? Date.now() % 1_000_000);
  const say = (line: string): void => void process.stderr.write(`chaos: ${line}\n`);
  const outcome = await chaos({ ...options, seed, say });
  say(JSON.stringify({ seed, ...outcome }));
  expect(outcome.died, "no relay died but those that were killed").toEqual([]);
  expect(outcome.faults, `no viewer of a live path saw nothing for more than ${mostGapMs} ms`).toEqual([]);
  expect(outcome.gauges, "every gauge is zero when everybody has left").toEqual([]);
  for (const [what, { before, after }] of Object.entries(outcome.memory))
    expect(after / before, `${what} is back`).toBeLessThan(mostGrowth);
  expect(outcome.kills).toBeGreaterThan(0);
  expect(outcome.frames).toBeGreaterThan(1000);
}
