export type { TelemetryClock } from "./clock.ts";
export type { PageEvents, PageListener } from "./page.ts";
export {
  type BrowserTelemetry,
  type BrowserTelemetryOptions,
  type FlushReason,
  type PlaybackState,
  startBrowserTelemetry,
} from "./start-browser-telemetry.ts";
