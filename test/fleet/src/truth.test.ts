import { describe, expect, test } from "vitest";
import { shareOf } from "./world/findings.ts";
import { events, judged, roughFaults } from "./world/hour.ts";
import { separatePages } from "./world/pages.ts";
import type { World, WorldOptions } from "./world/world.ts";

separatePages();

/** Far more than they take where nothing else runs. */
const timeout = 120_000;
const small: WorldOptions = {
  seed: 7,
  sessions: 60,
  spanMs: 240_000,
  meanWatchMs: 60_000,
  intervalMs: 10_000,
  exportEveryMs: 20_000,
  faults: roughFaults,
  events,
};
const quiet = { lostRequests: 0, lostAnswers: 0, repeated: 0, late: 0, proxyErrors: 0 };

describe("60 sessions of the exporter that players run, before two gateways", { timeout }, () => {
  test("with losses, repeats, reorders, wrong clocks, restarts and re-routes every total is the truth minus what never arrived", async () => {
    const { world, findings } = await judged(small);
    expect(findings).toEqual([]);
    expect(shareOf(world, "moq.client.frames_received").share).toBeGreaterThan(0.85);
  });

  test("a gateway that is stopped in order and started again loses nothing, and asks nobody to rebase", async () => {
    const processes = new Set<string>();
    const stop = (world: World): Promise<void> => world.stop(1, 3_000);
    const onExport = ({ replicas }: World): void => {
      if (replicas[1]?.process !== undefined) processes.add(replicas[1].process);
    };
    const { world, findings } = await judged({ ...small, faults: quiet, events: [{ at: 0.5, act: stop }], onExport });
    expect(findings).toEqual([]);
    expect(processes.size).toBe(1);
    const { truth, counted } = shareOf(world, "moq.client.session_duration");
    expect(counted).toBe(truth);
  });
});
