import type { AttributeSets } from "./attribute-set.ts";
import type { BucketSetName } from "./buckets.ts";

/** Which physics rule the gateway holds a player's value against (fleet-aggregation.md §8). */
export type ClampRule =
  | "elapsed_rebuffer"
  | "elapsed_play"
  | "frame_rate"
  | "latency_range"
  | "byte_rate"
  | "count_rate"
  | "group_rate"
  | "session_points";

interface MetricBase {
  /** UCUM unit: `s`, `By`, `bit/s`, `1`, or `{thing}` for counts. */
  readonly unit: string;
  readonly description: string;
  readonly sender: "player" | "relay" | "gateway" | "process";
  /** `stable`: the name is kept for ever; `development`: it may still be renamed with a release note. */
  readonly stability: "stable" | "development";
  readonly attributes: AttributeSets;
  /** CMCD v2 key with the same meaning. */
  readonly cmcdKey?: string;
  /** Points carry the trace id of the session or group behind them. */
  readonly exemplars?: true;
  readonly clamp?: ClampRule;
}
export interface HistogramRecord extends MetricBase {
  readonly instrument: "histogram";
  readonly buckets: BucketSetName;
}
export interface SumRecord extends MetricBase {
  readonly instrument: "counter" | "updowncounter" | "gauge";
}
/** One metric of the catalogue (metrics.md §10). */
export type MetricRecord = HistogramRecord | SumRecord;
export type MetricTable = Readonly<Record<string, MetricRecord>>;
