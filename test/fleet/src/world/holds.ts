import fc from "fast-check";
import { expect } from "vitest";
import { arbitraryWorld, type Mix } from "./arbitrary-world.ts";
import { judged } from "./hour.ts";

/** That in random worlds of a mix every total is exactly what was delivered, at each export, and never above the truth. */
export async function holds(mix: Mix, worlds: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitraryWorld(mix), async (options) => {
      expect((await judged(options)).findings).toEqual([]);
    }),
    { numRuns: worlds },
  );
}
