/** The answers of the gateway's query API (port 4320), as the console and tests read them. `null` is no data, never 0. */

/** One number with the time it was measured. */
export interface Reading {
  readonly value: number;
  /** Epoch milliseconds of the newest sample behind the value. */
  readonly atMs: number;
}
/** A distribution over the window of the summary. Seconds unless the metric says otherwise. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly p50: number;
  readonly p95: number;
  readonly atMs: number;
}
export interface BroadcastSummary {
  readonly broadcast: string;
  /** Viewers: distinct (session, broadcast) pairs with an open SUBSCRIBE, as the relays count them. */
  readonly viewers: Reading | null;
  /** Bits per second over the rate window. */
  readonly bitsInPerSecond: Reading | null;
  readonly bitsOutPerSecond: Reading | null;
}
export interface TransportSummary {
  readonly transport: string;
  readonly viewers: Reading | null;
  readonly bitsOutPerSecond: Reading | null;
  /** Connection attempts of players in the window, by result. */
  readonly connections: Readonly<Record<string, number>>;
  readonly startup: Distribution | null;
}
/** Links of one transport as one side measured them, from one source: figures of different sources are never put together. */
export interface LinkSummary {
  readonly measuredBy: "relay" | "player";
  readonly transport: string;
  /** Such as `quic`, `tcp_info`, `ping`, `probe`. */
  readonly source: string;
  /** Smoothed round trips in the window. */
  readonly rtt: Distribution | null;
  /** Packets (TCP: segments) in the window; `ratio` is lost over sent, `null` where nothing was sent. */
  readonly loss: { readonly sent: number; readonly lost: number; readonly ratio: number | null; readonly atMs: number } | null;
}
/** A process that exports telemetry, and how old its newest report is. */
export interface SourceSummary {
  readonly service: string;
  readonly instance: string;
  readonly lastReportMs: number;
}
export interface Summary {
  /** Epoch milliseconds of the gateway when it wrote this. */
  readonly nowMs: number;
  /** Width of counts and distributions, milliseconds. */
  readonly windowMs: number;
  /** Width of rates, milliseconds: shorter, so that they follow what happens; at least four report intervals. */
  readonly rateWindowMs: number;
  /** Announced broadcasts over all relays. */
  readonly liveBroadcasts: Reading | null;
  readonly viewers: Reading | null;
  readonly bitsInPerSecond: Reading | null;
  readonly bitsOutPerSecond: Reading | null;
  /** Player sessions that report, by state. */
  readonly sessions: Readonly<Record<string, number>>;
  /** Play attempts in the window by outcome. */
  readonly attempts: Readonly<Record<string, number>> | null;
  readonly startup: Distribution | null;
  readonly buffer: Distribution | null;
  /** Stalls confirmed in the window, seconds stalled, and seconds stalled over seconds stalled or playing. */
  readonly stalls: { readonly count: number; readonly seconds: number; readonly ratio: number | null; readonly atMs: number } | null;
  readonly broadcasts: readonly BroadcastSummary[];
  readonly transports: readonly TransportSummary[];
  readonly links: readonly LinkSummary[];
  readonly sources: readonly SourceSummary[];
}

export interface Point {
  readonly atMs: number;
  readonly value: number;
}
export interface Series {
  readonly name: string;
  readonly service: string;
  readonly instance: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Counters and up-down counters: the cumulative value. Histograms: the count; `sum` beside it. */
  readonly points: readonly Point[];
  readonly sum?: readonly Point[];
}
export interface SeriesAnswer {
  readonly nowMs: number;
  readonly series: readonly Series[];
}
/** Newest state of one series. */
export interface MetricValue {
  readonly name: string;
  readonly type: "counter" | "updowncounter" | "gauge" | "histogram";
  readonly unit: string;
  readonly service: string;
  readonly instance: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly atMs: number;
  /** Absent on histograms. */
  readonly value?: number;
  readonly histogram?: {
    readonly count: number;
    readonly sum: number;
    readonly bounds: readonly number[];
    readonly buckets: readonly number[];
  };
}
export interface MetricsAnswer {
  readonly nowMs: number;
  readonly metrics: readonly MetricValue[];
}
export interface SessionSummary {
  readonly sessionId: string;
  readonly service: string;
  readonly state: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Session totals as the player reported them: metric name → sum over attributes (histograms: count and sum). */
  readonly totals: Readonly<Record<string, number>>;
  readonly startupSeconds: number | null;
  /** The transport that it named last. */
  readonly transport: string | null;
  /** Mean of its round trips by where they were measured, seconds; empty where none was. */
  readonly rttSeconds: Readonly<Record<string, number>>;
}
export interface SessionsAnswer {
  readonly nowMs: number;
  readonly sessions: readonly SessionSummary[];
}
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind?: "internal" | "server" | "client" | "producer" | "consumer";
  readonly service: string;
  readonly instance: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly error: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}
export interface TracesAnswer {
  readonly nowMs: number;
  /** Newest first. */
  readonly spans: readonly SpanRecord[];
  /** `cursor` of the next page; absent where there is none. */
  readonly next?: string;
}
export interface LogRecord {
  readonly atMs: number;
  readonly level: string;
  readonly event: string;
  readonly body: string;
  readonly service: string;
  readonly instance: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, string>>;
}
export interface LogsAnswer {
  readonly nowMs: number;
  /** Newest first. */
  readonly logs: readonly LogRecord[];
  /** `cursor` of the next page; absent where there is none. */
  readonly next?: string;
}

/** How an alert stands: `no_data` where nobody has sent what it is about, `needs_history` where the store does not reach back far enough. */
export type RuleState = "ok" | "pending" | "firing" | "failed" | "no_data" | "needs_history" | "unknown";
export interface AlertRuleState {
  readonly alert: string;
  readonly state: RuleState;
  /** `page`, `ticket` or `info`. */
  readonly severity: string;
  /** Why it is neither ok nor firing, such as "needs 3 days of history". */
  readonly problem: string | null;
  readonly forSeconds: number;
  readonly runbookUrl: string;
  readonly dashboard: string;
  readonly evaluatedMs: number | null;
}
/** One series for which an alert is pending or fires, or was over a short while ago. */
export interface AlertInstance {
  readonly alert: string;
  readonly state: "pending" | "firing" | "resolved";
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly runbookUrl: string;
  readonly dashboard: string;
  readonly value: number | null;
  /** When its condition began to hold, when it fired, when it was over. */
  readonly activeMs: number;
  readonly firedMs: number | null;
  readonly resolvedMs: number | null;
}
export interface AlertsAnswer {
  readonly nowMs: number;
  readonly alerts: readonly AlertInstance[];
  /** Every alert that is evaluated here. */
  readonly rules: readonly AlertRuleState[];
}
