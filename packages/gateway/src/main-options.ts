import type { OptionTable } from "@moqscope/telemetry/options";

/** What `moqscope-gateway` can be told. */
export const gatewayOptionTable = {
  ingestListen: {
    flag: "--ingest-listen",
    env: "MOQSCOPE_GATEWAY_INGEST_LISTEN",
    type: "listen",
    default: "127.0.0.1:4319",
    description: "Public ingest: reports of players and publishers; this machine only, unless --allow-open-ingest",
  },
  otlpListen: {
    flag: "--otlp-listen",
    env: "MOQSCOPE_GATEWAY_OTLP_LISTEN",
    type: "listen",
    default: "127.0.0.1:4318",
    description: "Trusted OTLP/HTTP of relays, CLI and any OpenTelemetry SDK, without authorisation",
  },
  consoleListen: {
    flag: "--console-listen",
    env: "MOQSCOPE_GATEWAY_CONSOLE_LISTEN",
    type: "listen",
    default: "127.0.0.1:4320",
    description: "Console, query API, /health and /metrics, without authorisation",
  },
  allowOpenIngest: {
    flag: "--allow-open-ingest",
    env: "MOQSCOPE_GATEWAY_ALLOW_OPEN_INGEST",
    type: "boolean",
    description: "Let the public ingest listen beyond this machine although it asks for no token",
  },
  allowOrigin: {
    flag: "--allow-origin",
    env: "MOQSCOPE_GATEWAY_ALLOW_ORIGIN",
    type: "strings",
    description: "Origin of pages that may report, such as https://watch.example; may be repeated",
  },
  consoleDir: {
    flag: "--console-dir",
    env: "MOQSCOPE_GATEWAY_CONSOLE_DIR",
    type: "string",
    description: "Folder of the built console; default the one of this package",
  },
  reportInterval: {
    flag: "--report-interval",
    env: "MOQSCOPE_GATEWAY_REPORT_INTERVAL",
    type: "duration",
    default: "10s",
    description: "Interval that players are asked to report at",
  },
  instance: {
    flag: "--instance",
    env: "MOQSCOPE_GATEWAY_INSTANCE",
    type: "string",
    description: "Stable name of this gateway in metrics (service.instance.id); default host name and port",
  },
  seriesLimit: {
    flag: "--series-limit",
    env: "MOQSCOPE_GATEWAY_SERIES_LIMIT",
    type: "number",
    default: 20_000,
    min: 100,
    max: 1_000_000,
    description: "Series held in memory; new ones beyond are refused",
  },
  sessionLimit: {
    flag: "--session-limit",
    env: "MOQSCOPE_GATEWAY_SESSION_LIMIT",
    type: "number",
    default: 20_000,
    min: 10,
    max: 1_000_000,
    description: "Playback sessions known at a time; at least one and a half times the audience",
  },
  logLevel: {
    flag: "--log-level",
    env: "MOQSCOPE_LOG_LEVEL",
    type: "string",
    choices: ["error", "warn", "info", "debug"],
    default: "info",
    description: "Least level of log lines on stderr",
  },
} as const satisfies OptionTable;
