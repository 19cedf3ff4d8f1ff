/** `pnpm --filter infra run fault:mark --fault "10 % loss at ams-1"`: marks in every board what is broken on purpose. */
import type { OptionTable } from "@moqscope/telemetry/options";
import { start } from "../command.ts";
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

await start({
  script: "fault:mark",
  summary: "Tells the collector that something is broken on purpose, so that boards mark it.",
  table,
  run: ({ otlp, fault, over }) => markFault(otlp, { fault, state: over ? "over" : "begun" }),
});
