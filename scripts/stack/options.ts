import { type OptionTable, type OptionValues, parseOptions } from "../../packages/telemetry/src/options/index.ts";

const profile = {
  flag: "--profile",
  env: "STACK_PROFILE",
  type: "string",
  choices: ["one", "fleet", "scale"],
  default: "one",
  description: "one machine; a fleet of three relays in two regions; that fleet with stores on object storage",
} as const;

/** Options of `pnpm stack`, `stack:down` and `stack:status`. */
const table = {
  profile,
  build: { flag: "--build", type: "boolean", description: "Build our images again from this checkout" },
  volumes: { flag: "--volumes", type: "boolean", description: "stack:down: throw away what the stores have kept" },
  wait: {
    flag: "--wait",
    env: "STACK_WAIT",
    type: "duration",
    default: "10m",
    description: "How long all services may take to get healthy",
  },
  envFile: {
    flag: "--env-file",
    env: "STACK_ENV_FILE",
    type: "string",
    description: "Secrets, ports and receivers of alerts; default infra/compose/.env",
  },
} as const satisfies OptionTable;

export type StackOptions =
  | { readonly kind: "run"; readonly values: OptionValues<typeof table> }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };

/** Reads the command line, with or without pnpm's `--` before the flags. Throws OptionError. */
export function readOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): StackOptions {
  return parseOptions({
    name: "pnpm stack",
    summary:
      "Starts collector, Prometheus, Alertmanager, Tempo, Loki and Grafana with a relay, a gateway and a live broadcast, in containers.",
    table,
    argv: argv[0] === "--" ? argv.slice(1) : argv,
    env,
  });
}
