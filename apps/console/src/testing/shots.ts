import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumArguments, findChromium } from "../../../../scripts/support/chromium.ts";
import { buildConsole } from "./build-console.ts";
import { hostile, many, stale, zero } from "./edge-scenarios.ts";
import { FixtureServer } from "./fixture-server.ts";
import type { Scenario } from "./scenario.ts";
import { empty, live } from "./scenarios.ts";

/** Pictures of every view in every state, to be looked at: `node --conditions=@moqscope/source src/testing/shots.ts <folder> [only]`. */
const [folder = "shots", only = ""] = process.argv.slice(2);
const session = `#/sessions/${encodeURIComponent(live.sessions(0)[0]?.sessionId ?? "")}`;
const hostileSession = `#/sessions/${encodeURIComponent(hostile.sessions(0)[0]?.sessionId ?? "")}`;
const shots: readonly (readonly [name: string, scenario: Scenario, hash: string])[] = [
  ["now", live, "#/now"],
  ["now-15", live, "#/now?minutes=15"],
  ["now-empty", empty, "#/now"],
  ["now-zero", zero, "#/now"],
  ["now-stale", stale, "#/now"],
  ["now-many", many, "#/now"],
  ["now-hostile", hostile, "#/now"],
  ["now-lost", live, "#/now"],
  ["now-hint", live, "#/now"],
  ["sessions", live, "#/sessions"],
  ["sessions-empty", empty, "#/sessions"],
  ["sessions-hostile", hostile, "#/sessions"],
  ["session", live, session],
  ["session-empty", empty, session],
  ["session-hostile", hostile, hostileSession],
  ["events", live, "#/events"],
  ["events-warn", live, "#/events?level=warn"],
  ["events-empty", empty, "#/events"],
  ["events-hostile", hostile, "#/events"],
  ["metrics", live, "#/metrics"],
  ["metrics-many", many, "#/metrics"],
  ["metrics-filter", live, "#/metrics?q=bytes+client"],
  ["metrics-empty", empty, "#/metrics"],
  ["metrics-hostile", hostile, "#/metrics"],
];

const built = await mkdtemp(join(tmpdir(), "moqscope-console-"));
await buildConsole(built);
const server = new FixtureServer(built, live);
await server.start();
const executablePath = findChromium();
if (executablePath === undefined) throw new Error("no Chromium found");
const browser = await chromium.launch({ executablePath, args: [...chromiumArguments] });
await mkdir(folder, { recursive: true });
for (const [name, scenario, hash] of shots.filter(([shot]) => shot.includes(only))) {
  server.scenario = scenario;
  const kinds = [1280, 390].flatMap((width) => (["light", "dark"] as const).map((colorScheme) => ({ width, colorScheme })));
  const pages = await Promise.all(
    kinds.map(async ({ width, colorScheme }) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      await page.goto(`${server.url}${hash}`);
      return { page, path: join(folder, `${name}-${width}-${colorScheme}.png`) };
    }),
  );
  await pages[0]?.page.waitForTimeout(1_500);
  if (name === "now-lost") {
    await server.stop();
    await pages[0]?.page.waitForTimeout(7_000);
  }
  for (const { page, path } of pages) {
    if (name === "now-hint") await page.locator("console-hint button").nth(3).click();
    await page.screenshot({ path, fullPage: name !== "now-hint" && !name.endsWith("many") });
    await page.close();
  }
  if (name === "now-lost") await server.start();
}
await browser.close();
await server.stop();
await rm(built, { recursive: true });
