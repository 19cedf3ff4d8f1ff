import type { OptionTable } from "@moqscope/telemetry/options";
import { defaultRelayLimits } from "./limits.ts";
import { defaultBroadcastLimit } from "./options.ts";

/** What `moqscope-relay` can be told. */
export const relayOptionTable = {
  listen: {
    flag: "--listen",
    env: "MOQSCOPE_RELAY_LISTEN",
    type: "listen",
    default: "[::]:4443",
    host: "::",
    description:
      "Public listener: WebSocket, HTTP and TLS on TCP, WebTransport and QUIC on the same port of UDP; [::] is every IPv6 and IPv4 address",
  },
  adminListen: {
    flag: "--admin-listen",
    env: "MOQSCOPE_RELAY_ADMIN_LISTEN",
    type: "listen",
    default: "127.0.0.1:4444",
    description: "Admin listener without authorisation: /metrics, /health, /ready, /sessions",
  },
  webTransport: {
    flag: "--webtransport",
    env: "MOQSCOPE_RELAY_WEBTRANSPORT",
    type: "string",
    choices: ["auto", "quic", "fails", "off"],
    default: "auto",
    description: "Who speaks QUIC: @moqscope/quic, @fails-components/webtransport, the first of them that loads (auto), or nobody",
  },
  node: {
    flag: "--node",
    env: "MOQSCOPE_RELAY_NODE",
    type: "string",
    description: "Stable name of this relay in metrics (service.instance.id); default host name and port",
  },
  region: { flag: "--region", env: "MOQSCOPE_RELAY_REGION", type: "string", description: "Where this relay runs (cloud.region)" },
  tlsCert: {
    flag: "--tls-cert",
    env: "MOQSCOPE_RELAY_TLS_CERT",
    type: "string",
    description: "PEM file with the certificate chain; read again on SIGHUP",
  },
  tlsKey: { flag: "--tls-key", env: "MOQSCOPE_RELAY_TLS_KEY", type: "string", description: "PEM file with the private key" },
  tlsGenerate: {
    flag: "--tls-generate",
    env: "MOQSCOPE_RELAY_TLS_GENERATE",
    type: "strings",
    description:
      "Name to sign a certificate for at start, for development, replaced before its 14 days are over; may be repeated. Default localhost unless --tls-cert is given or --webtransport is off",
  },
  authKey: {
    flag: "--auth-key",
    env: "MOQSCOPE_RELAY_AUTH_KEY",
    type: "string",
    description: "JWK file, or URL of one, that tokens (?jwt=) are proved with; read again when it changes and on SIGHUP",
  },
  authKeyDir: {
    flag: "--auth-key-dir",
    env: "MOQSCOPE_RELAY_AUTH_KEY_DIR",
    type: "string",
    description: "The same for several keys: folder or base URL of <kid>.jwk",
  },
  authPublic: {
    flag: "--auth-public",
    env: "MOQSCOPE_RELAY_AUTH_PUBLIC",
    type: "strings",
    description:
      "Path below which nobody needs a token; / for every path; may be repeated. Without any --auth option everyone may do everything",
  },
  authPublicSubscribe: {
    flag: "--auth-public-subscribe",
    env: "MOQSCOPE_RELAY_AUTH_PUBLIC_SUBSCRIBE",
    type: "strings",
    description: "The same for watching only",
  },
  authPublicPublish: {
    flag: "--auth-public-publish",
    env: "MOQSCOPE_RELAY_AUTH_PUBLIC_PUBLISH",
    type: "strings",
    description: "The same for publishing only",
  },
  allowOrigin: {
    flag: "--allow-origin",
    env: "MOQSCOPE_RELAY_ALLOW_ORIGIN",
    type: "strings",
    description: "Origin of pages that may connect, such as https://watch.example; may be repeated; default all",
  },
  broadcastLimit: {
    flag: "--broadcast-limit",
    env: "MOQSCOPE_RELAY_BROADCAST_LIMIT",
    type: "number",
    default: defaultBroadcastLimit,
    min: 0,
    max: 100,
    description: "Broadcasts with metrics of their own; later ones are counted as other",
  },
  pingInterval: {
    flag: "--ping-interval",
    env: "MOQSCOPE_RELAY_PING_INTERVAL",
    type: "duration",
    default: "5s",
    description: "Between two pings of a session",
  },
  pingTimeout: {
    flag: "--ping-timeout",
    env: "MOQSCOPE_RELAY_PING_TIMEOUT",
    type: "duration",
    default: "30s",
    description: "A peer silent for so long is dropped",
  },
  tcpInfo: {
    flag: "--tcp-info",
    env: "MOQSCOPE_RELAY_TCP_INFO",
    type: "string",
    choices: ["auto", "off"],
    default: "auto",
    description: "Figures of the kernel for WebSocket sessions (Linux, ss of iproute2): round trip, segments, congestion window",
  },
  maxSessions: {
    flag: "--max-sessions",
    env: "MOQSCOPE_RELAY_MAX_SESSIONS",
    type: "number",
    default: defaultRelayLimits.maxSessions,
    min: 1,
    description: "Sessions at the same time; the next gets 503",
  },
  maxSessionsPerAddress: {
    flag: "--max-sessions-per-address",
    env: "MOQSCOPE_RELAY_MAX_SESSIONS_PER_ADDRESS",
    type: "number",
    default: defaultRelayLimits.maxSessionsPerAddress,
    min: 1,
    description: "The same from one IPv4 address or IPv6 /64; raise it behind a proxy",
  },
  handshakeTimeout: {
    flag: "--handshake-timeout",
    env: "MOQSCOPE_RELAY_HANDSHAKE_TIMEOUT",
    type: "duration",
    default: "10s",
    description: "For the request of a connection, and again for the SETUP of its session",
  },
  otlpEndpoint: {
    flag: "--otlp-endpoint",
    env: "MOQSCOPE_OTLP_ENDPOINT",
    type: "string",
    description: "OTLP base such as http://127.0.0.1:4318; without it, and without OTEL_EXPORTER_OTLP_ENDPOINT, nothing is sent",
  },
  reportInterval: {
    flag: "--report-interval",
    env: "MOQSCOPE_REPORT_INTERVAL",
    type: "duration",
    description: "Between two reports; default OTEL_METRIC_EXPORT_INTERVAL, else 10s",
  },
  logLevel: {
    flag: "--log-level",
    env: "MOQSCOPE_LOG_LEVEL",
    type: "string",
    choices: ["error", "warn", "info", "debug"],
    default: "info",
    description: "Least level that is printed",
  },
} as const satisfies OptionTable;
