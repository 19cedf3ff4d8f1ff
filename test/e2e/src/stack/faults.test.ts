import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../../../../scripts/support/chromium.ts";
import { root } from "../../../../scripts/support/root.ts";
import { busiest, busyExplains } from "./busy.ts";
import { type Fault, type Timed, tryFault } from "./faults/fault.ts";
import {
  certificateShort,
  collectorAway,
  gatewayStopped,
  linkDown,
  overload,
  packetLoss,
  publisherKilled,
  publisherSilent,
  relayKilled,
  relayRestarting,
  reportsRefused,
  storeFull,
  tableFull,
  tokenErrors,
} from "./faults/faults.ts";
import { divisor, faultPrograms, World } from "./faults/world.ts";
import { missing } from "./programs.ts";

const chromium = findChromium();
const lacking = [...missing(faultPrograms), ...(chromium === undefined ? ["Chromium"] : [])];

/** Each act after the one before; what does not disturb each other goes wrong at the same time. */
const acts: readonly (readonly Fault[])[] = [
  [
    relayRestarting,
    certificateShort,
    tableFull,
    relayKilled,
    linkDown,
    publisherKilled,
    packetLoss,
    storeFull,
    tokenErrors,
    reportsRefused,
  ],
  [publisherSilent, overload],
  [collectorAway],
  [gatewayStopped],
];

describe.skipIf(lacking.length > 0)(`a fleet in which things go wrong, every duration of its rules divided by ${divisor}`, () => {
  let world: World;
  const timed: Timed[] = [];
  beforeAll(async () => {
    world = await World.start(chromium ?? "");
    await quiet(world);
  }, 180_000);
  afterAll(async () => {
    process.stderr.write(tableOf(timed));
    await world?.[Symbol.asyncDispose]();
  }, 60_000);

  describe.each(acts.map((faults, act) => [act + 1, faults] as const))("act %i", (_act, faults) => {
    let beganMs = 0;
    beforeAll(() => {
      beganMs = performance.now();
    });
    for (const fault of faults)
      it.concurrent(`${fault.name}: its alerts arrive at the webhook with a page that says what to do, and are over afterwards`, async (context) => {
        const lack = fault.missing?.(world);
        if (lack !== undefined) return context.skip(lack);
        const rows = await tryFault(world, fault);
        timed.push(...rows);
        for (const { alert, runbook } of rows) expect(pageOf(runbook), `${alert}: ${runbook}`).toContain(`| ${alert} |`);
      }, 240_000);
    it("pages nobody for anything else", async () => {
      const pages = world.webhook.told.filter(
        ({ atMs, status, labels }) => atMs > beganMs && status === "firing" && labels["severity"] === "page",
      );
      const explained = faults.flatMap(({ expects, mayPage = [] }) => [...expects.map(({ alert }) => alert as string), ...mayPage]);
      const others = pages.map(({ labels }) => labels).filter(({ alertname = "" }) => !explained.includes(alertname));
      const share = await busiest(world.stores, (performance.now() - beganMs) / 1000);
      const ofMachine = others.filter(({ alertname = "" }) => busyExplains(alertname, { share, isHurried: true }));
      for (const labels of ofMachine)
        process.stderr.write(`this machine was ${(share * 100).toFixed(0)} % busy: ${labels["alertname"]} ${labels["instance"] ?? ""}\n`);
      expect(others.filter((labels) => !ofMachine.includes(labels))).toEqual([]);
    });
  });
});

describe.runIf(lacking.length > 0)("faults", () => {
  it("are made in a fleet under the real programs", (context) => {
    context.skip(`not here: ${lacking.join(", ")}`);
  });
});

/** Waits until no alert but the watchdog fires. Throws with those that do after a minute. */
async function quiet({ stores }: World): Promise<void> {
  const end = performance.now() + 60_000;
  for (;;) {
    const firing = await stores.query('ALERTS{alertname!="MoqWatchdog",alertstate="firing"}');
    const watched = await stores.query("sum(moq_relay_active_subscribers)");
    const share = await busiest(stores, 60);
    const wrong = firing.filter(({ metric }) => !busyExplains(metric["alertname"] ?? "", { share, isHurried: true }));
    if (wrong.length === 0 && watched.length > 0) return;
    if (performance.now() > end)
      throw new Error(`alerts fire before anything is wrong: ${JSON.stringify(wrong.map(({ metric }) => metric))}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The page of this repository that a link of an alert leads to; empty where there is none. */
function pageOf(runbook: string): string {
  const path = join(root, "docs/runbooks", basename(new URL(runbook).pathname));
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function tableOf(rows: readonly Timed[]): string {
  const lines = rows.map(
    ({ fault, alert, severity, firesSeconds, resolvesSeconds }) =>
      `| ${fault} | ${alert} | ${severity} | ${firesSeconds.toFixed(1)} | ${resolvesSeconds.toFixed(1)} |`,
  );
  return `\n| Fault | Alert | Severity | Told after, s | Over after, s |\n| --- | --- | --- | --- | --- |\n${lines.join("\n")}\n`;
}
