import { setTimeout as pass } from "node:timers/promises";
import { createImpairment, seeded } from "@moqscope/impairment";
import { expect, test } from "vitest";
import { Collector } from "../../../../packages/gateway/src/testing/collector.ts";
import { collected } from "../live/collected.ts";
import { GatewayProcess } from "../live/gateway-process.ts";
import { LiveViewer } from "../live/live-viewer.ts";
import { above, compared, truthOf, unequal } from "../live/truth-of.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const sessions = 1_000;
/** Six tenths of a player's: then a hole of 36 s is to it what a minute is to a player. */
const intervalMs = 6_000;
const holeMs = 36_000;
/** Who was refused five times in the hole is silent for a minute. */
const healedMs = 68_000;
/** They go without a word: of what came behind their last report nobody hears. */
const vanishing = 50;

test(`${sessions} sessions over a network that cuts connections and answers and has a black hole: every number is the truth minus what nobody was told`, {
  timeout: 900_000,
}, async () => {
  await using collector = await Collector.start();
  const more = ["--report-interval", `${intervalMs}ms`];
  await using gateway = await GatewayProcess.start({ instance: "gateway-a", exportTo: collector.url, more });
  await using network = await createImpairment({
    to: { host: "127.0.0.1", port: gateway.port },
    tcp: loopback,
    seed: 5,
    settings: { delayMs: 15, jitterMs: 10 },
  });
  const url = `http://127.0.0.1:${network.port}`;
  const random = seeded(5, "cuts");
  const viewers: LiveViewer[] = [];
  for (let index = 0; index < sessions; index++) {
    viewers.push(new LiveViewer(url, index, intervalMs));
    if (index % 50 === 0) await pass(80);
  }
  // each cut breaks what is under way: requests that were not read, and answers that were not
  for (let cut = 0; cut < 15; cut++) {
    await pass(500 + 700 * random());
    network.reset();
  }
  network.set({ blackhole: true });
  await pass(holeMs);
  network.set({ blackhole: false });
  network.reset();
  await pass(healedMs);
  expect(network.counters().tcp.resets).toBeGreaterThan(sessions);

  const gone = viewers.slice(0, vanishing);
  const told: { readonly profile: number; readonly truth: Float64Array }[] = [];
  for (const viewer of gone) {
    await viewer.report();
    told.push({ profile: viewer.profile, truth: viewer.reported });
    viewer.vanish();
  }
  // as many at a time as have room in the last requests of one page, which this process is to the exporter
  for (let from = vanishing; from < sessions; from += 8) {
    const leaving = viewers.slice(from, from + 8);
    await Promise.all(leaving.map((viewer) => viewer.close()));
    told.push(...leaving);
  }
  await gateway.end("SIGTERM");

  const counted = collected(collector);
  expect(unequal(compared(truthOf(told), counted))).toEqual([]);
  const whole = compared(truthOf(viewers), counted);
  expect(above(whole)).toEqual([]);
  expect(unequal(whole).length, "what the vanished saw last is missing").toBeGreaterThan(0);
});
