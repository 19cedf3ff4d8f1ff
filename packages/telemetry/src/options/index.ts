export { formatDuration, parseDuration } from "./duration.ts";
export { describeOptions } from "./help.ts";
export { formatListen, type ListenAddress, parseListen } from "./listen.ts";
export { nearest } from "./nearest.ts";
export { OptionError, type OptionErrorCode } from "./option-error.ts";
export { type ParsedOptions, type ParseOptions, parseOptions } from "./parse-options.ts";
export type { Option, OptionTable, OptionValues } from "./table.ts";
