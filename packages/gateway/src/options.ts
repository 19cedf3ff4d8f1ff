import type { Recorder } from "@moqscope/telemetry";
import type { AlertGroup, RuleGroup } from "@moqscope/telemetry/rules";
import type { Clock } from "./clock.ts";
import type { ExportOptions } from "./export/destination.ts";
import type { FleetLimits } from "./fleet/limits.ts";
import type { IngestLimits } from "./ingest/ingest-limits.ts";
import type { QueryLimits } from "./promql/budget.ts";
import type { TokenOptions } from "./token/token-options.ts";

/** Where a server listens; an IPv6 host has no brackets here. Port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface GatewayOptions {
  /** Public ingest of players and publishers; default 127.0.0.1:4319. */
  readonly ingestListen?: ListenAddress;
  /** Tokens that reports need. Without, the public ingest listens on this machine only. */
  readonly tokens?: TokenOptions;
  /** Addresses and networks of proxies whose X-Forwarded-For, and country header, are taken for true; default none. */
  readonly trustedProxies?: readonly string[];
  /** Header in which such a proxy tells the viewer's country (ISO 3166-1 alpha-2); default none. */
  readonly countryHeader?: string;
  /** What strangers may do at the public ingest. */
  readonly ingestLimits?: Partial<IngestLimits>;
  /** Trusted OTLP of relays, CLI and stock SDKs; default 127.0.0.1:4318. */
  readonly otlpListen?: ListenAddress;
  /** Console and query API; default 127.0.0.1:4320. */
  readonly consoleListen?: ListenAddress;
  /** Folder of the built console; default the one in this package. */
  readonly consoleDir?: string;
  /** Origins of pages that may report, beside those of the gateway's own host and, while only this machine reaches it, of localhost. */
  readonly allowOrigins?: readonly string[];
  /** Origins of pages with an OpenTelemetry SDK that may export to the trusted listener; default none. */
  readonly otlpAllowOrigins?: readonly string[];
  /** Interval that players are asked to report at, milliseconds; default 10 000. */
  readonly reportIntervalMs?: number;
  /** service.instance.id of this gateway and of the fleet's series; default `gateway`. */
  readonly instanceId?: string;
  /** Most series held; default 20 000. */
  readonly seriesLimit?: number;
  /** Most memory that the samples of the last 24 hours take, bytes; default 256 MiB. */
  readonly storeMemoryBytes?: number;
  /** Folder in which the last 24 hours are kept across restarts, and sessions and series when it is stopped; default nowhere. */
  readonly storeDir?: string;
  /** Between two saves of it, milliseconds; default 5 minutes. */
  readonly storeSaveIntervalMs?: number;
  /** Rules that are recorded into the store; default those of `@moqscope/telemetry/rules`. */
  readonly rules?: readonly RuleGroup[];
  /** Alerts that are evaluated in the store; default those of `@moqscope/telemetry/rules`. */
  readonly alerts?: readonly AlertGroup[];
  /** Folder of the pages that alerts link to; default the runbooks of this repository. */
  readonly runbooks?: string;
  /** Address that is told when an alert fires and when it is over, as Alertmanager's webhook; default nobody. */
  readonly alertWebhook?: string;
  /** Where metrics, traces and logs go besides; default nowhere. */
  readonly export?: ExportOptions;
  /** cloud.region of this gateway and of its audience's series; default none. */
  readonly cloudRegion?: string;
  /** What one query of `/api/v1` may cost. */
  readonly queryLimits?: Partial<QueryLimits>;
  /** Bounds of the session table and of each report. */
  readonly fleetLimits?: Partial<FleetLimits>;
  /** Told what the gateway notices; default nobody. Its own metrics go into its own store. */
  readonly recorder?: Pick<Recorder, "event">;
  readonly clock?: Clock;
}

export const defaultReportIntervalMs = 10_000;
export const defaultSeriesLimit = 20_000;
export const defaultStoreMemoryBytes = 256 * 1024 * 1024;
export const defaultStoreSaveIntervalMs = 5 * 60_000;
export const defaultInstanceId = "gateway";
