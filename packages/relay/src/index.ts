export type { AuthOptions } from "./entrance/access.ts";
export { type Listener, RelayError, RelayErrorCode } from "./error.ts";
export { defaultRelayLimits, type RelayLimits } from "./limits.ts";
export type { TlsOptions } from "./net/certificate.ts";
export type { RelayChanges, RelayOptions } from "./options.ts";
export { createRelay, type Relay } from "./relay.ts";
export type { LinkReport, SessionReport } from "./session/report.ts";
