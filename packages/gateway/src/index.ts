export { type Clock, systemClock } from "./clock.ts";
export { GatewayError, type GatewayErrorCode, type RejectReason } from "./error.ts";
export type { ExportOptions } from "./export/destination.ts";
export type { FleetLimits } from "./fleet/limits.ts";
export { createGateway, type Gateway } from "./gateway.ts";
export type { GatewayOptions, ListenAddress } from "./options.ts";
