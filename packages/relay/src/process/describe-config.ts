import { optionsInForce } from "@moqscope/telemetry/options";
import { relaySections as sections, relayOptionTable as table } from "../main-options.ts";
import type { Settings } from "./settings.ts";

/** One option as `/config` of the admin listener shows it; secrets are hidden. */
export interface OptionReport {
  /** Section and key of a config file. */
  readonly key: string;
  readonly flag: string;
  readonly value: string;
  /** Flag, variable, place in the file, or `default`. */
  readonly from: string;
  /** Whether SIGHUP changes it. */
  readonly reload: boolean;
}
export interface ConfigReport {
  readonly file: string | undefined;
  readonly options: readonly OptionReport[];
}

/** What is in force, with where it came from. */
export function describeConfig({ values, sources, configFile }: Settings): ConfigReport {
  const options = optionsInForce(values, { table, sources, sections }).map(({ key, option, text, where }) => ({
    key: key.join("."),
    flag: option.flag,
    value: text,
    from: where ?? "default",
    reload: option.reload === true,
  }));
  return { file: configFile, options };
}
