/** Signals as the names of variables have them. */
export const signals = ["metrics", "traces", "logs"] as const;
export type Signal = (typeof signals)[number];

/** Protocols of OTLP. */
export const protocols = ["http/protobuf", "http/json", "grpc"] as const;
export type Protocol = (typeof protocols)[number];

const variables: readonly (readonly [name: string, meaning: string])[] = [
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "Base of the OTLP endpoint, such as http://127.0.0.1:4318; without one nothing is sent."],
  ["OTEL_EXPORTER_OTLP_{METRICS,TRACES,LOGS}_ENDPOINT", "The whole address of one signal."],
  ["OTEL_EXPORTER_OTLP_PROTOCOL, …_{METRICS,TRACES,LOGS}_PROTOCOL", `One of ${protocols.join(", ")}. Default http/protobuf.`],
  ["OTEL_EXPORTER_OTLP_HEADERS, …_{METRICS,TRACES,LOGS}_HEADERS", "name=value,… with percent-encoded values."],
  ["OTEL_EXPORTER_OTLP_TIMEOUT, …_{METRICS,TRACES,LOGS}_TIMEOUT", "Milliseconds of one export. Default 10000, at most the interval."],
  ["OTEL_EXPORTER_OTLP_COMPRESSION, …_{METRICS,TRACES,LOGS}_COMPRESSION", "gzip or none. Default gzip."],
  ["OTEL_EXPORTER_OTLP_CERTIFICATE, …_CLIENT_CERTIFICATE, …_CLIENT_KEY", "PEM files for TLS."],
  ["OTEL_{METRICS,TRACES,LOGS}_EXPORTER", "otlp, or none to send nothing of that signal. Default otlp."],
  ["OTEL_METRIC_EXPORT_INTERVAL", "Milliseconds between two exports of metrics. Default 10000."],
  ["OTEL_METRIC_EXPORT_TIMEOUT", "Milliseconds of one export of metrics, collecting included."],
  ["OTEL_BSP_{SCHEDULE_DELAY,MAX_QUEUE_SIZE,MAX_EXPORT_BATCH_SIZE}", "Spans: milliseconds between batches, most kept, most in one."],
  ["OTEL_BLRP_{SCHEDULE_DELAY,MAX_QUEUE_SIZE,MAX_EXPORT_BATCH_SIZE}", "The same for log records."],
  [
    "OTEL_TRACES_SAMPLER",
    "[parentbased_]always_on, [parentbased_]always_off or [parentbased_]traceidratio. Default parentbased_always_on.",
  ],
  ["OTEL_TRACES_SAMPLER_ARG", "Part of the traces, 0 to 1, for traceidratio."],
  ["OTEL_SERVICE_NAME", "service.name, Prometheus' job."],
  ["OTEL_RESOURCE_ATTRIBUTES", "key=value,… with percent-encoded values, such as deployment.environment.name=production."],
  ["OTEL_SDK_DISABLED", "true sends nothing at all."],
];

/** What a process that uses `startNodeTelemetry` honours of OpenTelemetry's variables, for its `--help`. Flags win over them. */
export const otelHelp: readonly (readonly [name: string, meaning: string])[] = variables;
