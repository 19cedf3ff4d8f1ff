import { type OptionTable, type OptionValues, parseOptions } from "../../packages/telemetry/src/options/index.ts";
import type { PortOption } from "./ports.ts";

const port = { type: "number", min: 0, max: 65_535 } as const;

/** The options of `pnpm dev`; port 0 takes a free one. */
export const table = {
  relay: { ...port, flag: "--relay-port", env: "MOQSCOPE_RELAY_PORT", default: 4443, description: "Relay: publish and watch" },
  admin: { ...port, flag: "--relay-admin-port", env: "MOQSCOPE_RELAY_ADMIN_PORT", default: 4444, description: "Relay: metrics, health" },
  ingest: { ...port, flag: "--ingest-port", env: "MOQSCOPE_INGEST_PORT", default: 4319, description: "Gateway: telemetry of players" },
  otlp: { ...port, flag: "--otlp-port", env: "MOQSCOPE_OTLP_PORT", default: 4318, description: "Gateway: telemetry of relays and tools" },
  console: { ...port, flag: "--console-port", env: "MOQSCOPE_CONSOLE_PORT", default: 4320, description: "Gateway: console and query API" },
  demo: { ...port, flag: "--demo-port", env: "MOQSCOPE_DEMO_PORT", default: 5173, description: "Demo pages" },
  quic: {
    flag: "--quic",
    type: "boolean",
    default: true,
    description: "WebTransport and QUIC; their addon is built in the background where it is missing. --no-quic leaves them out",
  },
  json: { flag: "--json", type: "boolean", description: "Print the processes' own JSON lines instead of sentences" },
} as const satisfies OptionTable;

export type PortName = Exclude<keyof typeof table, "json" | "quic">;
export type Ports = Readonly<Record<PortName, number>>;

/** For each port, who listens there and what changes it. */
export const portOptions: Readonly<Record<PortName, PortOption>> = {
  relay: { who: "relay", flag: table.relay.flag, env: table.relay.env },
  admin: { who: "relay's admin listener", flag: table.admin.flag, env: table.admin.env },
  ingest: { who: "gateway's ingest", flag: table.ingest.flag, env: table.ingest.env },
  otlp: { who: "gateway's OTLP", flag: table.otlp.flag, env: table.otlp.env },
  console: { who: "console", flag: table.console.flag, env: table.console.env },
  demo: { who: "demo pages", flag: table.demo.flag, env: table.demo.env },
};

export type DevOptions =
  | { readonly kind: "run"; readonly values: OptionValues<typeof table> }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };

/** Reads the command line of `pnpm dev`, with or without pnpm's `--` before the flags. Throws OptionError. */
export function readOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): DevOptions {
  return parseOptions({
    name: "pnpm dev",
    summary: "Starts gateway, relay, a live broadcast and the demo pages, and prints where everything is.",
    table,
    argv: argv[0] === "--" ? argv.slice(1) : argv,
    env,
  });
}
