import { describe, expect, test } from "vitest";
import { shareOf } from "../world/findings.ts";
import { events, judged, roughFaults } from "../world/hour.ts";
import { mutants } from "../world/mutants.ts";
import { separatePages } from "../world/pages.ts";
import type { WorldOptions } from "../world/world.ts";

separatePages();

/** Far more than they take where nothing else runs. */
const timeout = 1_200_000;
const hour: WorldOptions = {
  seed: 1,
  sessions: 10_000,
  spanMs: 3_600_000,
  meanWatchMs: 300_000,
  intervalMs: 30_000,
  exportEveryMs: 30_000,
  faults: roughFaults,
  events,
};
const minutes: WorldOptions = { ...hour, sessions: 40, spanMs: 240_000, meanWatchMs: 60_000, intervalMs: 10_000, exportEveryMs: 10_000 };
const told = ["play_attempts", "startup_time", "frames_received", "play_time", "session_duration"];

describe("10 000 sessions in an hour, of the exporter that players run, before two gateways", { timeout }, () => {
  test("with losses, repeats, reorders, wrong clocks, restarts and re-routes every total is the truth minus what never arrived", async () => {
    const { world, findings } = await judged(hour);
    expect(findings).toEqual([]);
    for (const name of told) {
      const { truth, counted, share } = shareOf(world, `moq.client.${name}`);
      process.stdout.write(`${name}: ${counted} of ${truth}, ${(share * 100).toFixed(2)} %\n`);
      expect(share, name).toBeGreaterThan(0.985);
    }
  });
});

describe("that is not said", { timeout }, () => {
  test("without reason: it is said of forty sessions and their gateways as they are", async () => {
    const { world, findings } = await judged(minutes);
    expect(findings).toEqual([]);
    expect(shareOf(world, "moq.client.frames_received").share).toBeGreaterThan(0.9);
  });

  test.each(mutants)("of $name", async ({ tamper, plant }) => {
    plant?.();
    const { world, findings } = await judged({ ...minutes, ...(tamper === undefined ? {} : { tamper: tamper() }) });
    const { share } = shareOf(world, "moq.client.frames_received");
    expect(findings.length > 0 || share < 0.9, `${share} of the truth`).toBe(true);
  });
});
