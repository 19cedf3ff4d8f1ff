import { describe, expect, test } from "vitest";
import type { AttributeSet } from "./attribute-set.ts";
import { buckets } from "./buckets.ts";
import { country, countryOf, regionOf } from "./countries.ts";
import { beyondCatalogue, bounds, type CatalogueRow, catalogue } from "./fixtures/index.ts";
import type { MetricRecord } from "./metric-record.ts";
import { metrics } from "./metrics.ts";
import { prometheusName } from "./prometheus-name.ts";
import * as sets from "./sets.ts";

const instruments = { C: "counter", H: "histogram", U: "updowncounter", G: "gauge" } as const;
const all: readonly (readonly [string, MetricRecord])[] = Object.entries(metrics);
const senderOf = (name: string): string => (/^moq\.client\.(?:country|broadcast)\./.test(name) ? "gateway" : "");

describe.each(Object.entries(catalogue))("metrics.md, %s", (section, rows) => {
  test.each(rows.map((row) => [row[0], row] as const))("%s stands in the registry as in the catalogue", (name, row: CatalogueRow) => {
    const [, instrument, unit, prometheus, attributes, bucketSet, exemplars] = row;
    const record = metrics[name as keyof typeof metrics] as MetricRecord;
    expect({
      instrument: record.instrument,
      unit: record.unit,
      prometheus: prometheusName(name, record),
      attributes: Object.keys(record.attributes).join(" "),
      buckets: record.instrument === "histogram" ? record.buckets : "",
      exemplars: record.exemplars ? "†" : "",
      sender: record.sender,
    }).toEqual({
      instrument: instruments[instrument],
      unit,
      prometheus,
      attributes,
      buckets: bucketSet,
      exemplars,
      sender: senderOf(name) || section,
    });
    expect(record.description).toMatch(/^.{10,200}\.$/);
  });
});

test("the registry holds nothing but the catalogue and what is listed beside it", () => {
  const known = new Set([...Object.values(catalogue).flatMap((rows) => rows.map(([name]) => name)), ...Object.keys(beyondCatalogue)]);
  expect(Object.keys(metrics).filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !Object.hasOwn(metrics, name))).toEqual([]);
});

test("the bounds are those of metrics.md §4, and each set is used", () => {
  expect(buckets).toEqual(bounds);
  const used = new Set(all.map(([, record]) => (record.instrument === "histogram" ? record.buckets : "")));
  expect(Object.keys(buckets).filter((name) => !used.has(name as keyof typeof buckets))).toEqual([]);
});

test("what the gateway knows of a viewer is its own to set, and no attribute names a session, user or address", () => {
  const derivedKeys = ["region", "browser", "device"];
  for (const [name, { sender, attributes }] of all) {
    for (const [key, set] of Object.entries<AttributeSet>(attributes)) {
      expect([name, key, set.derived === true]).toEqual([name, key, derivedKeys.includes(key)]);
      if (sender === "player" || sender === "publisher") expect(["country", "broadcast"]).not.toContain(key);
      expect(key).not.toMatch(/session|connection|user|address|\bip\b|url/);
    }
  }
});

test("what players and publishers send is held against a rule of physics", () => {
  const sent = all.filter(([, { sender }]) => sender === "player" || sender === "publisher");
  expect(sent.filter(([, { clamp }]) => clamp === undefined)).toEqual([]);
  expect(all.filter(([, { sender, clamp }]) => clamp !== undefined && sender !== "player" && sender !== "publisher")).toEqual([]);
});

describe("countries", () => {
  test("are the 249 of ISO 3166-1 and ZZ, each once", () => {
    expect(country.values).toHaveLength(250);
    expect(new Set(country.values).size).toBe(250);
    expect(country.values.at(-1)).toBe("ZZ");
  });
  test("lie in the regions of metrics.md §2", () => {
    expect(new Set(country.values.map(regionOf))).toEqual(new Set(sets.region.values));
    expect([countryOf("nl"), countryOf("xx"), countryOf("ZZ"), countryOf(""), countryOf(undefined)]).toEqual([
      "NL",
      "ZZ",
      "ZZ",
      "ZZ",
      "ZZ",
    ]);
    expect(["NL", "US", "BR", "EG", "NG", "IN", "TH", "JP", "AU", "ZZ"].map((code) => regionOf(countryOf(code)))).toEqual([
      "europe",
      "north_america",
      "latam",
      "mena",
      "africa",
      "south_asia",
      "southeast_asia",
      "east_asia",
      "oceania",
      "unknown",
    ]);
  });
});
