import { randomBytes } from "node:crypto";
import { Authorizer } from "@moqscope/token";
import type { Clock } from "../clock.ts";
import type { CmcdIngest } from "../cmcd/cmcd-ingest.ts";
import type { FleetIngest } from "../fleet/fleet-ingest.ts";
import { Origins } from "../http/cors.ts";
import type { Handler } from "../http/listener.ts";
import { defaultReportIntervalMs, type GatewayOptions } from "../options.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import type { Records } from "../store/records.ts";
import { TelemetryTokens } from "../token/telemetry-token.ts";
import { defaultTokenLifeMs, type TokenOptions } from "../token/token-options.ts";
import { TrustedProxies } from "./addresses.ts";
import { Admission } from "./admission.ts";
import { defaultIngestLimits } from "./ingest-limits.ts";
import { Pace } from "./pace.ts";
import { publicFace } from "./public.ts";
import { ReportTaker } from "./take-reports.ts";

export interface IngestSurroundings {
  readonly clock: Clock;
  readonly metrics: OwnMetrics;
  readonly fleet: FleetIngest;
  readonly cmcd: CmcdIngest;
  readonly records: Records;
  readonly gatewayId: string;
  readonly instance: string;
  readonly idleExpiryMs: number;
  readonly isIngestLocal: boolean;
}

/** Puts the public face together. Throws GatewayError `bad_token_secret` or `bad_proxy`. */
export function ingestFace(options: GatewayOptions, around: IngestSurroundings): Handler {
  const { clock, metrics, fleet, cmcd, records, gatewayId, instance, isIngestLocal } = around;
  const reportIntervalMs = options.reportIntervalMs ?? defaultReportIntervalMs;
  const limits = { ...defaultIngestLimits, ...options.ingestLimits };
  const pace = new Pace(reportIntervalMs, around.idleExpiryMs);
  const proxies = new TrustedProxies(options.trustedProxies ?? [], options.countryHeader);
  const exchange = options.tokens && doorsOf(options.tokens, clock);
  return publicFace({
    clock,
    metrics,
    gatewayId,
    pace,
    origins: new Origins(options.allowOrigins ?? [], { anyLocal: isIngestLocal, same: exchange !== undefined }),
    admission: new Admission({ clock, metrics, limits, pace, proxies, tokens: exchange?.tokens }),
    taker: new ReportTaker({ clock, metrics, fleet, cmcd, records, limits, instance, reportIntervalMs }),
    exchange,
  });
}

/** Tokens are judged by the system clock's time, as their issuers write it. */
function doorsOf(options: TokenOptions, clock: Clock): { readonly authorizer: Authorizer; readonly tokens: TelemetryTokens } {
  const { keys, publicPrefixes = {}, secret = randomBytes(32), lifeMs = defaultTokenLifeMs } = options;
  const now = (): number => clock.wall();
  return {
    authorizer: new Authorizer({ ...(keys === undefined ? {} : { keys }), publicPrefixes, now }),
    tokens: new TelemetryTokens(secret, lifeMs, now),
  };
}
