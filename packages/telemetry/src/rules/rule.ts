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

/** A condition that someone should know of (dashboards and alerts, section 5). */
export interface AlertingRule {
  readonly alert: string;
  /** PromQL; each series of its result is an alert of its own. */
  readonly expr: string;
  /** Seconds that the condition must hold before the alert fires. */
  readonly forSeconds: number;
  /** Seconds that it fires on after the condition is over; default 0. */
  readonly keepFiringForSeconds?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Text for people; `{{ $value }}` and `{{ $labels.name }}` stand for what was found. */
  readonly annotations: Readonly<Record<string, string>>;
}
export interface AlertGroup {
  readonly name: string;
  /** Seconds between two evaluations. */
  readonly intervalSeconds: number;
  readonly rules: readonly AlertingRule[];
}
