/** `pnpm --filter infra run fault:mark --fault "10 % loss at ams-1"`: marks in every board what is broken on purpose. */
import { OptionError, type OptionTable, parseOptions } from "@moqscope/telemetry/options";
import { markFault } from "./mark-fault.ts";

const table = {
  fault: { flag: "--fault", type: "string", required: true, description: "What is broken, in words" },
  over: { flag: "--over", type: "boolean", description: "It is mended" },
  otlp: {
    flag: "--otlp",
    env: "OTEL_EXPORTER_OTLP_ENDPOINT",
    type: "string",
    default: "http://127.0.0.1:14318",
    description: "OTLP over HTTP of the collector",
  },
} as const satisfies OptionTable;

try {
  const argv = process.argv.slice(2);
  const options = parseOptions({
    name: "pnpm --filter infra run fault:mark",
    summary: "Tells the collector that something is broken on purpose, so that boards mark it.",
    table,
    argv: argv[0] === "--" ? argv.slice(1) : argv,
    env: process.env,
  });
  if (options.kind === "help") process.stdout.write(`${options.text}\n`);
  else if (options.kind === "version") process.stdout.write("moqscope fault:mark runs from sources\n");
  else await markFault(options.values.otlp, { fault: options.values.fault, state: options.values.over ? "over" : "begun" });
} catch (error) {
  // A wrong option, a collector that is away: what it says is all there is to know.
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cause}\n`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
