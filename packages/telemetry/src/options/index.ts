export { AddressList, plainAddress } from "./address-list.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { describeOptions, grouped, type OptionInForce, optionsInForce } from "./help.ts";
export { formatListen, type ListenAddress, parseListen } from "./listen.ts";
export { nearest } from "./nearest.ts";
export { OptionError, type OptionErrorCode, OptionProblems } from "./option-error.ts";
export { type OptionSource, type OptionSources, type ParsedOptions, type ParseOptions, parseOptions } from "./parse-options.ts";
export { envNames, fileKey, type Option, type OptionTable, type OptionValues, type Sections, sectionOf } from "./table.ts";
export { tomlText } from "./toml-text.ts";
