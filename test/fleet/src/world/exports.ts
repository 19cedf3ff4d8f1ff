import { type MetricRecord, metrics, prometheusLabel, prometheusName } from "@moqscope/telemetry";
import { seriesKey, sumOf } from "./books.ts";
import { allPoints } from "./points.ts";

/** Labels that only the gateway or the scrape sets: what viewers told is added up over them. */
const derivedLabels: readonly string[] = ["job", "instance", "region", "browser", "device"];

export interface Sample {
  /** As the viewers know it, without the derived labels. */
  readonly key: string;
  readonly row: number[];
}

interface Family {
  readonly name: string;
  readonly part: "value" | "count" | "sum" | "bucket";
  readonly bounds: readonly number[];
}

const families = new Map<string, Family>();
const labelNames = new Map<string, string>();
for (const { name, bounds } of allPoints) {
  const record: MetricRecord = metrics[name as keyof typeof metrics];
  const exported = prometheusName(name, record);
  for (const key of Object.keys(record.attributes)) labelNames.set(prometheusLabel(key), key);
  if (bounds === undefined) families.set(exported, { name, part: "value", bounds: [] });
  else for (const part of ["count", "sum", "bucket"] as const) families.set(`${exported}_${part}`, { name, part, bounds });
}

/** The samples of one export by their labels: the series of what viewers told, each with its value, or count, sum and buckets. */
export function readText(text: string): Map<string, Sample> {
  const all = new Map<string, Sample>();
  for (const line of text.split("\n")) {
    const brace = line.indexOf("{");
    const family = brace < 0 ? undefined : families.get(line.slice(0, brace));
    if (family === undefined) continue;
    const end = line.lastIndexOf("}");
    const at = line.lastIndexOf('le="', end);
    const le = at < 0 ? "" : line.slice(at + 4, end - 1);
    const identity = `${family.name}${line.slice(brace, at < 0 ? end : at - 1)}`;
    let sample = all.get(identity);
    if (sample === undefined) all.set(identity, (sample = sampleOf(family, identity)));
    put(sample.row, family, { le, value: Number(line.slice(end + 2)) });
  }
  return all;
}

/** Name and labels of a series as the viewers know it. */
export function viewersKey(name: string, labels: Readonly<Record<string, string>>): string {
  return seriesKey({ name }, Object.fromEntries(Object.entries(labels).filter(([key]) => !derivedLabels.includes(key))));
}

const keys = new Map<string, string>();

function sampleOf(family: Family, identity: string): Sample {
  let key = keys.get(identity);
  if (key === undefined) {
    const pairs = [...identity.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [labelNames.get(label) ?? label, value]);
    keys.set(identity, (key = viewersKey(family.name, Object.fromEntries(pairs) as Record<string, string>)));
  }
  return { key, row: Array.from({ length: family.part === "value" ? 1 : family.bounds.length + 3 }, () => 0) };
}

function put(row: number[], { part, bounds }: Family, { le, value }: { readonly le: string; readonly value: number }): void {
  const add = (column: number, by: number): void => void (row[column] = (row[column] ?? 0) + by);
  switch (part) {
    case "value":
    case "count":
      return add(0, value);
    case "sum":
      return add(1, value);
    case "bucket": {
      // buckets are exported as "so many up to here"
      const at = le === "+Inf" ? bounds.length : bounds.indexOf(Number(le));
      add(2 + at, value);
      if (at < bounds.length) add(3 + at, -value);
    }
  }
}

/** Totals over the replicas out of their exported samples: a series that fell or was gone has begun again at zero. */
export class Exports {
  readonly #latest = new Map<string, ReadonlyMap<string, Sample>>();
  readonly #total = new Map<string, number[]>();

  /** Takes one export of a replica. */
  take(instance: string, samples: ReadonlyMap<string, Sample>): void {
    const before = this.#latest.get(instance);
    this.#latest.set(instance, samples);
    for (const [identity, { key, row }] of samples) {
      const last = before?.get(identity)?.row;
      const isReset = last === undefined || (row[0] ?? 0) < (last[0] ?? 0);
      const growth = isReset ? row : row.map((value, column) => value - (last[column] ?? 0));
      this.#total.set(key, sumOf(this.#total.get(key), growth));
    }
  }

  total(): ReadonlyMap<string, readonly number[]> {
    return this.#total;
  }
}
