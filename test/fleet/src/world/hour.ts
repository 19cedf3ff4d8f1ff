import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differences, excesses } from "./findings.ts";
import type { Faults } from "./network.ts";
import { World, type WorldOptions } from "./world.ts";

/** What the network does to an hour of reports: more than any real one does. */
export const roughFaults: Faults = { lostRequests: 0.05, lostAnswers: 0.02, repeated: 0.05, late: 0.03, proxyErrors: 0.01 };

/** Everything that befalls gateways: a fifth of the sessions re-routed and back, a crash of one, a stop and start of the other. */
export const events: NonNullable<WorldOptions["events"]> = [
  { at: 0.3, act: (world) => void (world.reroutedShare = 0.2) },
  { at: 0.45, act: (world) => void (world.reroutedShare = 0) },
  { at: 0.6, act: (world) => world.crash(0, 3_000) },
  { at: 0.75, act: (world) => world.stop(1, 4_000) },
];

/** Runs a world and says, at each export and at its end, where its totals are not what must have been counted, or above the truth. */
export async function judged(options: WorldOptions): Promise<{ readonly world: World; readonly findings: readonly string[] }> {
  const findings: string[] = [];
  const judge = (world: World): void => {
    options.onExport?.(world);
    if (findings.length === 0) findings.push(...differences(world), ...excesses(world));
  };
  const storeDir = await mkdtemp(join(tmpdir(), "moqscope-fleet-"));
  try {
    const world = await new World({ storeDir, ...options, onExport: judge }).run();
    judge(world);
    return { world, findings };
  } finally {
    await rm(storeDir, { recursive: true, force: true });
  }
}
