import { otelHelp } from "@moqscope/telemetry/node";
import { type OptionSources, type OptionValues, type ParsedOptions, parseOptions } from "@moqscope/telemetry/options";
import { relaySections as sections, relayOptionTable as table } from "../main-options.ts";

export type Values = OptionValues<typeof table>;

/** What a process was told, and by whom. */
export interface Settings {
  readonly values: Values;
  readonly sources: OptionSources<typeof table>;
  readonly configFile?: string;
}

export const programName = "moqscope-relay";
const summary = "a MoQ relay with telemetry";

/** Of `pnpm dev` and the demo pages, which are often started beside a relay. */
const foreignVariables = ["MOQSCOPE_RELAY_URL", "MOQSCOPE_RELAY_PORT", "MOQSCOPE_RELAY_ADMIN_PORT"];

/** @throws OptionError with everything that cannot be read */
export function readSettings(argv: readonly string[], env: NodeJS.ProcessEnv): ParsedOptions<typeof table> {
  return parseOptions({
    name: programName,
    summary,
    table,
    sections,
    envPrefix: "MOQSCOPE_RELAY_",
    foreignVariables,
    argv,
    env,
    environment: otelHelp,
  });
}
