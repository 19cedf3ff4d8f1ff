import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Collector } from "../../../../packages/gateway/src/testing/collector.ts";
import { collected } from "../live/collected.ts";
import { Front } from "../live/front.ts";
import { GatewayProcess } from "../live/gateway-process.ts";
import { LiveViewer } from "../live/live-viewer.ts";
import { above, compared, truthOf, unequal } from "../live/truth-of.ts";

/** Far more than they take where nothing else runs. */
const timeout = 600_000;
const interval = ["--report-interval", "3s"];

describe("gateways in processes of their own, sessions over HTTP, totals from what was exported:", { timeout }, () => {
  test("kill -9 of one of two under load costs less than 0.5 %, and nothing is counted twice", async () => {
    await using collector = await Collector.start();
    const start = (instance: string): Promise<GatewayProcess> =>
      GatewayProcess.start({ instance, exportTo: collector.url, more: interval });
    await using victim = await start("gateway-a");
    await using other = await start("gateway-b");
    await using front = await Front.open(victim.port);
    await using otherFront = await Front.open(other.port);
    const viewers = Array.from({ length: 100 }, (_, index) => new LiveViewer((index % 2 === 0 ? front : otherFront).url, index, 3_000));
    await pass(75_000);
    // a balancer that notices at once: its connections break, new ones go to the other gateway
    front.target = other.port;
    await victim.end("SIGKILL");
    await pass(75_000);
    for (const viewer of viewers) await viewer.close();
    await other.end("SIGTERM");

    const all = compared(truthOf(viewers), collected(collector));
    expect(above(all)).toEqual([]);
    const frames = all.filter(({ key }) => key.startsWith("moq.client.frames_received"));
    const sum = (which: "truth" | "counted"): number => frames.reduce((total, each) => total + each[which], 0);
    process.stdout.write(
      `after kill -9: ${sum("counted")} of ${sum("truth")} frames, ${((sum("counted") / sum("truth")) * 100).toFixed(3)} %\n`,
    );
    expect(sum("counted") / sum("truth")).toBeGreaterThan(0.995);
  });

  test("SIGTERM and a new start with --store-dir cost nothing: every number is the truth", async () => {
    const storeDir = await mkdtemp(join(tmpdir(), "moqscope-processes-"));
    await using collector = await Collector.start();
    const options = { instance: "gateway-a", exportTo: collector.url, more: [...interval, "--store-dir", storeDir] };
    await using before = await GatewayProcess.start(options);
    await using front = await Front.open(before.port);
    const viewers = Array.from({ length: 60 }, (_, index) => new LiveViewer(front.url, index, 3_000));
    await pass(9_000);
    await before.end("SIGTERM");
    await using after = await GatewayProcess.start(options);
    expect(after.id).toBe(before.id);
    front.target = after.port;
    front.cut();
    await pass(9_000);
    for (const viewer of viewers) await viewer.close();
    await after.end("SIGTERM");
    expect(unequal(compared(truthOf(viewers), collected(collector)))).toEqual([]);
    await rm(storeDir, { recursive: true, force: true });
  });
});
