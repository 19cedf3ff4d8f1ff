import { prometheusLabel, prometheusName } from "@moqscope/telemetry";
import { firstBucketColumn, type SeriesShape } from "../store/series.ts";
import type { Source } from "../store/source.ts";
import { Labels, nameLabel } from "./labels.ts";

/** Label sets of one stored series in Prometheus: one of a number; buckets, sum and count of a histogram. */
export function labelSets(shape: SeriesShape, source: Pick<Source, "service" | "instance" | "cloudRegion">): Labels[] {
  const name = prometheusName(shape.name, { instrument: shape.type, unit: shape.unit });
  const common = new Map<string, string>();
  for (const [key, value] of Object.entries(shape.attributes)) common.set(prometheusLabel(key), value);
  common.set("job", source.service).set("instance", source.instance);
  if (source.cloudRegion !== undefined) common.set("cloud_region", source.cloudRegion);
  const named = (suffix: string, le?: string): Labels => {
    const labels: [string, string][] = [...common, [nameLabel, name + suffix]];
    if (le !== undefined) labels.push(["le", le]);
    return Labels.fromPairs(labels);
  };
  if (shape.type !== "histogram") return [named("")];
  const sets = [named("_count"), named("_sum")];
  if (shape.bounds === undefined) return sets;
  for (const bound of shape.bounds) sets.push(named("_bucket", String(bound)));
  sets.push(named("_bucket", "+Inf"));
  return sets;
}

/**
 * The numbers of a stored row in the order of {@link labelSets}: buckets of a row count what fell into each, Prometheus' count what lies
 * at or below each bound.
 */
export function rowValues(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  for (let column = firstBucketColumn + 1; column < values.length; column++)
    values[column] = (values[column] ?? 0) + (values[column - 1] ?? 0);
  return values;
}
