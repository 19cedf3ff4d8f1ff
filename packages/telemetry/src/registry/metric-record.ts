import type { AttributeSets, ValueOf } from "./attribute-set.ts";
import type { BucketSetName } from "./buckets.ts";
import type { clampRule } from "./sets.ts";

/** Which physics rule the gateway holds a player's or publisher's value against (fleet-aggregation.md §8). */
export type ClampRule = Exclude<ValueOf<typeof clampRule>, "time_skew">;

interface MetricBase {
  /** UCUM unit: `s`, `By`, `bit/s`, `1`, or `{thing}` for counts. */
  readonly unit: string;
  readonly description: string;
  /** Who records it. */
  readonly sender: "player" | "publisher" | "relay" | "gateway" | "process";
  /** The `service.name` of the series, where the sender writes it on behalf of others. */
  readonly service?: "moq-player";
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
