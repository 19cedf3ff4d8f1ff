import type { LogLevel, Recorder } from "../recorder/recorder.ts";
import type { LogStream } from "./event-log.ts";
import type { Environment } from "./otel-environment.ts";
import type { Protocol } from "./otel-variables.ts";

/** Who a process is. */
export interface ProcessIdentity {
  /** Such as `moq-relay`; Prometheus' `job`. */
  readonly serviceName?: string | undefined;
  /** Stable name of this process among its kind; Prometheus' `instance`. */
  readonly instanceId?: string | undefined;
  /** Where the process runs; not where its viewers are. */
  readonly region?: string | undefined;
  /** Release of the program. */
  readonly version?: string | undefined;
}

/** What is given here wins over OpenTelemetry's variables (`OTEL_*`), which win over `fallback` and over defaults. */
export interface NodeTelemetryOptions extends ProcessIdentity {
  /** Who the process is, and what it samples, where neither an option nor a variable says so. */
  readonly fallback?: (ProcessIdentity & Pick<NodeTelemetryOptions, "sampleRatio">) | undefined;
  /** OTLP base, such as `http://127.0.0.1:4318`; without it, and without a variable, nothing is sent. */
  readonly endpoint?: string | undefined;
  /** Default `http/protobuf`; `grpc` needs the packages `@opentelemetry/exporter-{metrics,trace,logs}-otlp-grpc`. */
  readonly protocol?: Protocol | undefined;
  /** Sent with every export, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default `gzip`. */
  readonly compression?: "gzip" | "none" | undefined;
  /** Of one export; default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** Time between metric exports; default 10 000. */
  readonly intervalMs?: number | undefined;
  /** Part of the traces that begin here, 0 to 1; default 1, or that of `fallback`. */
  readonly sampleRatio?: number | undefined;
  /** CPU, memory and event loop; default true. */
  readonly processMetrics?: boolean | undefined;
  /** Sends what waits when the process ends by itself, by SIGINT or by SIGTERM, for at most 3 s; default true. */
  readonly flushOnExit?: boolean | undefined;
  /** Least level that is logged; default `info`. */
  readonly logLevel?: LogLevel | undefined;
  /** Where log lines go; default stderr. */
  readonly logStream?: LogStream | undefined;
  /** Where variables are read; default `process.env`. */
  readonly env?: Environment | undefined;
}

/** Metrics of another process that this one tells, under that one's name. */
export interface OtherInstance {
  /** Spans and events of it go nowhere. */
  readonly recorder: Recorder;
  /** Whether its metrics leave and stand in `prometheusText`; not before the first call. What was recorded stays. */
  show(isShown: boolean): void;
}

export interface NodeTelemetry {
  readonly recorder: Recorder;
  /** Tells the metrics of another process of this kind, as `instance`; of a name asked for again the same. */
  instance(instanceId: string): OtherInstance;
  /** The process's metrics as Prometheus text, for set-ups without a collector. */
  prometheusText(): string;
  /** What leaves and where to, in one line; no credentials. */
  describe(): string;
  /** Logs events of this level and above from now on. */
  setLogLevel(level: LogLevel): void;
  /** Part of the traces that begin here, 0 to 1, as options and variables have it. */
  readonly sampleRatio: number;
  /** Sends what waits, for at most 3 s. Never rejects. */
  flush(): Promise<void>;
  /** Sends what waits, for at most 3 s, and stops. May be called twice; never rejects. */
  shutdown(): Promise<void>;
}
