import { prometheusLabel, prometheusName } from "../registry/prometheus-name.ts";
import type { MetricSnapshot } from "./snapshot.ts";

const escapeLabel = (text: string): string => text.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
const escapeHelp = (text: string): string => text.replace(/[\\\n]/g, (char) => (char === "\n" ? "\\n" : "\\\\"));
/** Whole bounds carry `.0`, as Prometheus 3 stores them from a scrape. */
const bound = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

type Labels = Readonly<Record<string, string>>;

function series(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([key, label]) => `${prometheusLabel(key)}="${escapeLabel(label)}"`);
  return `${name}${text.length === 0 ? "" : `{${text.join(",")}}`} ${value}`;
}

/** Media type of `prometheusText`. */
export const prometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/** What one instance has recorded, and the labels that stand on each of its series. */
export interface InstanceSnapshots {
  readonly snapshots: readonly MetricSnapshot[];
  readonly labels: Labels;
}

/**
 * Prometheus text with the names that the OTLP translation gives (metrics.md §1), so that dashboards fit both ways in.
 * `labels` stand on every series: `job`, `instance` and, where known, `cloud_region`. A metric of `others` stands with ours, as the
 * format asks.
 */
export function prometheusText(snapshots: readonly MetricSnapshot[], labels: Labels, others: readonly InstanceSnapshots[] = []): string {
  const lines = new Map<string, string[]>();
  for (const one of [{ snapshots, labels }, ...others]) {
    for (const metric of one.snapshots) {
      const { record } = metric;
      const name = prometheusName(metric.name, record);
      const type = record.instrument === "updowncounter" ? "gauge" : record.instrument;
      const family = lines.get(name) ?? [`# HELP ${name} ${escapeHelp(record.description)}`, `# TYPE ${name} ${type}`];
      lines.set(name, family);
      family.push(...samples(name, metric, one.labels));
    }
  }
  return lines.size === 0 ? "" : `${[...lines.values()].flat().join("\n")}\n`;
}

function samples(name: string, metric: MetricSnapshot, labels: Labels): string[] {
  if (metric.kind === "number") return metric.points.map((point) => series(name, { ...labels, ...point.attributes }, point.value));
  return metric.points.flatMap((point) => {
    const all = { ...labels, ...point.attributes };
    let below = 0;
    const buckets = point.buckets.map((count, i) => {
      below += count;
      const upper = metric.bounds[i];
      return series(`${name}_bucket`, { ...all, le: upper === undefined ? "+Inf" : bound(upper) }, below);
    });
    return [...buckets, series(`${name}_sum`, all, point.sum), series(`${name}_count`, all, point.count)];
  });
}
