import { metricRecord, prometheusLabel, prometheusName } from "@moqscope/telemetry";
import { firstBucketColumn, type StoredSeries, sumColumn } from "../store/series.ts";

/**
 * The text format of Prometheus (0.0.4) for series of one instance. `job` and `instance` are written here: a scrape takes them as they are
 * (`honor_labels`).
 */
export function prometheusText(all: Iterable<StoredSeries>, instance: string, nowMs: number): string {
  const families = new Map<string, StoredSeries[]>();
  for (const series of all) {
    if (series.source.instance !== instance || !series.isKnown(nowMs)) continue;
    const family = families.get(series.shape.name) ?? [];
    family.push(series);
    families.set(series.shape.name, family);
  }
  const lines: string[] = [];
  for (const [name, series] of [...families].toSorted(([a], [b]) => (a < b ? -1 : 1))) writeFamily(lines, name, series);
  return `${lines.join("\n")}\n`;
}

function writeFamily(lines: string[], name: string, family: readonly StoredSeries[]): void {
  const record = metricRecord(name);
  if (record === undefined) return;
  const promName = prometheusName(name, record);
  const type = record.instrument === "updowncounter" ? "gauge" : record.instrument;
  lines.push(`# HELP ${promName} ${record.description.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${promName} ${type}`);
  for (const series of family) {
    const { attributes, bounds } = series.shape;
    const labels = Object.entries({ ...attributes, job: series.source.service, instance: series.source.instance }).map(
      ([key, value]) => `${prometheusLabel(key)}="${escape(value)}"`,
    );
    if (bounds === undefined) lines.push(`${promName}{${labels.join(",")}} ${series.newest()}`);
    else writeHistogram(lines, { promName, labels, bounds }, series);
  }
}

function writeHistogram(
  lines: string[],
  head: { promName: string; labels: readonly string[]; bounds: readonly number[] },
  series: StoredSeries,
): void {
  const { promName, labels, bounds } = head;
  let below = 0;
  for (let bucket = 0; bucket <= bounds.length; bucket++) {
    below += series.newest(firstBucketColumn + bucket);
    lines.push(`${promName}_bucket{${[...labels, `le="${boundText(bounds[bucket])}"`].join(",")}} ${below}`);
  }
  lines.push(
    `${promName}_sum{${labels.join(",")}} ${series.newest(sumColumn)}`,
    `${promName}_count{${labels.join(",")}} ${series.newest()}`,
  );
}

/** Prometheus from version 3 on spells whole bounds `2.0`. */
function boundText(bound: number | undefined): string {
  if (bound === undefined) return "+Inf";
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
