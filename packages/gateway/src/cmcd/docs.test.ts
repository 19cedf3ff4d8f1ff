import { readFileSync } from "node:fs";
import { metrics } from "@moqscope/telemetry";
import { describe, expect, test } from "vitest";
import { CmcdProcess, line } from "../testing/cmcd.ts";
import { cmcdSeries, type LedgerSeries } from "./ledger.ts";

const page = readFileSync(new URL("../../../../docs/other-players.md", import.meta.url), "utf8");
const anchors = readFileSync(new URL("../../../telemetry/src/registry/anchors.ts", import.meta.url), "utf8");
const [, table = ""] = /## Which key becomes which metric\n(.*?)\n## /s.exec(page) ?? [];
/** Metrics by CMCD key, as the page tells them. */
const told = new Map(
  [...table.matchAll(/^\| `(\w+)` \|(.*?)\|/gm)].map(([, key = "", cell = ""]) => [
    key,
    [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = ""]) => name),
  ]),
);

/** Lines in which each key makes its metrics move. */
const shown: Readonly<Record<string, readonly string[]>> = {
  sn: [line(1, 0, "e=t"), line(1, 0, "e=t"), line(40, 0, "e=t")],
  sta: [line(0, 0, "sta=s"), line(1, 1, "sta=p"), line(2, 3, "sta=e")],
  msd: [line(0, 0, "sta=p,msd=500")],
  bsa: [line(0, 0, "e=t,bsa=(1)")],
  bsda: [line(0, 0, "e=t,bsda=(900)")],
  bsd: [line(0, 0, "e=t,bsd=(900)")],
  dfa: [line(0, 0, "e=t,dfa=3")],
  bl: [line(0, 0, "sta=p,bl=(900)")],
  ltc: [line(0, 0, "sta=p,ltc=900")],
  mtp: [line(0, 0, "sta=p,mtp=(900)")],
  pb: [line(0, 0, "sta=p,pb=(900)")],
  br: [line(0, 0, "sta=p,br=(900)"), line(1, 1, "sta=p,e=bc,br=(1800)")],
  ec: [line(0, 0, 'e=e,ec=("x")')],
};

describe("the table of docs/other-players.md", () => {
  test("has every key that moves a metric, and every metric that a key moves", () => {
    expect(told.size).toBeGreaterThan(12);
    const named = new Set([...told.values()].flat());
    for (const name of named) expect(Object.keys(metrics)).toContain(name);
    const fed = seriesOf(cmcdSeries).map(({ name }) => name);
    expect([...new Set(fed)].filter((name) => !named.has(name))).toEqual([]);
    expect([...told].filter(([, names]) => names.length > 0).map(([key]) => key)).toEqual(Object.keys(shown));
  });

  test.each([...told].filter(([, names]) => names.some((name) => name.startsWith("moq.client."))))(
    "%s moves what it says",
    (key, names) => {
      const gateway = new CmcdProcess();
      gateway.take(shown[key] ?? [], 10);
      const moved = Object.keys(gateway.figures()).map((name) => `moq.client.${name.split(" ")[0]}`);
      expect(names.filter((name) => !moved.includes(name))).toEqual([]);
    },
  );

  test("names for each metric that the catalogue anchors in a CMCD key that key", () => {
    const anchored = [...anchors.matchAll(/"(moq\.client\.\w+)": "[^"]*?CMCD (\w+)/g)].filter(([, , key = ""]) => told.has(key));
    expect(anchored.length).toBeGreaterThan(8);
    for (const [, name = "", key = ""] of anchored) expect(told.get(key), key).toContain(name);
  });
});

function seriesOf(tree: object): LedgerSeries[] {
  return Object.values(tree).flatMap((value: object) => ("index" in value ? [value as LedgerSeries] : seriesOf(value)));
}
