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

/**
 * Prometheus text with the names that the OTLP translation gives (metrics.md §1), so that dashboards fit both ways in.
 * `labels` stand on every series: `job`, `instance` and, where known, `cloud_region`.
 */
export function prometheusText(snapshots: readonly MetricSnapshot[], labels: Labels): string {
  const lines: string[] = [];
  for (const metric of snapshots) {
    const { record } = metric;
    const name = prometheusName(metric.name, record);
    const type = record.instrument === "updowncounter" ? "gauge" : record.instrument;
    lines.push(`# HELP ${name} ${escapeHelp(record.description)}`, `# TYPE ${name} ${type}`);
    if (metric.kind === "number") {
      for (const point of metric.points) lines.push(series(name, { ...labels, ...point.attributes }, point.value));
      continue;
    }
    for (const point of metric.points) {
      const all = { ...labels, ...point.attributes };
      let below = 0;
      for (const [i, count] of point.buckets.entries()) {
        below += count;
        const upper = metric.bounds[i];
        lines.push(series(`${name}_bucket`, { ...all, le: upper === undefined ? "+Inf" : bound(upper) }, below));
      }
      lines.push(series(`${name}_sum`, all, point.sum), series(`${name}_count`, all, point.count));
    }
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}
