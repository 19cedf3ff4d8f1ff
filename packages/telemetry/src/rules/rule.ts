/** A series that Prometheus, or the gateway, computes from others (metrics.md §7). */
export interface RecordingRule {
  /** `level:metric:operation`. */
  readonly record: string;
  /** PromQL over names of the registry and of other rules. */
  readonly expr: string;
  /** What the value means, for a person. */
  readonly description: string;
}
export interface RuleGroup {
  readonly name: string;
  /** Seconds between two evaluations. */
  readonly intervalSeconds: number;
  readonly rules: readonly RecordingRule[];
}
