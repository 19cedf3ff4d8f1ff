import type { OptionTable } from "@moqscope/telemetry/options";
import { Transports } from "../dial.ts";

/** Options that both commands have. */
export const shared = {
  url: { flag: "--url", env: "MOQSCOPE_URL", type: "string", default: "http://localhost:4443", description: "Address of the relay" },
  broadcast: { flag: "--broadcast", env: "MOQSCOPE_BROADCAST", type: "string", default: "demo.hang", description: "Path of the broadcast" },
  transport: {
    flag: "--transport",
    env: "MOQSCOPE_TRANSPORT",
    type: "string",
    choices: Transports,
    default: "auto",
    description: "What to dial by: WebTransport where @moqscope/quic is installed, with WebSocket behind it (auto), or exactly this",
  },
  connectTimeout: { flag: "--connect-timeout", type: "duration", default: "10s", description: "How long the first connect may take" },
  otlpEndpoint: {
    flag: "--otlp-endpoint",
    env: "MOQSCOPE_OTLP_ENDPOINT",
    type: "string",
    description: "OTLP base that takes metrics, traces and logs, such as http://127.0.0.1:4318; default OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  reportInterval: {
    flag: "--report-interval",
    type: "duration",
    description: "Time between two exports; default OTEL_METRIC_EXPORT_INTERVAL, else 10s",
  },
  logLevel: {
    flag: "--log-level",
    type: "string",
    choices: ["debug", "info", "warn", "error"],
    default: "info",
    description: "Least level that is logged on stderr",
  },
} as const satisfies OptionTable;

export const pubOptions = {
  ...shared,
  timeUrl: {
    flag: "--time-url",
    env: "MOQSCOPE_TIME_URL",
    type: "string",
    description:
      "Gateway whose clock (/v1/time) tells viewers when frames were captured, such as http://localhost:4319; without it they know no latency",
  },
  loop: { flag: "--loop", type: "boolean", description: "Begin again at the end; timestamps keep rising" },
} as const satisfies OptionTable;

export const subOptions = {
  ...shared,
  rendition: {
    flag: "--rendition",
    type: "string",
    description: "Video rendition by its name in the catalog, such as video/360p, or none; default the largest",
  },
  track: { flag: "--track", type: "strings", description: "Read exactly this track, without the catalog; may be repeated" },
  duration: { flag: "--duration", type: "duration", description: "End this long after the first frame" },
  timeout: { flag: "--timeout", type: "duration", description: "Fail if no frame came within this time; default waits for ever" },
  json: { flag: "--json", type: "boolean", description: "Print one JSON object a second and one at the end" },
} as const satisfies OptionTable;
