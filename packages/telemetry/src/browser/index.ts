export type { TelemetryClock } from "./clock.ts";
export type { BrowserTelemetry, BrowserTelemetryOptions, FlushReason, PlaybackState } from "./options.ts";
export type { PageEvents, PageListener } from "./page.ts";
export { startBrowserTelemetry } from "./start-browser-telemetry.ts";
export type { TokenExchange, TokenOption } from "./token.ts";
