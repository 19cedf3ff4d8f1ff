import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import { GatewayError } from "../error.ts";
import type { SessionIdentity } from "../fleet/head.ts";
import type { SessionContext } from "../fleet/session-context.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import { bearerOf } from "../token/bearer.ts";
import type { TelemetryClaims, TelemetryTokens } from "../token/telemetry-token.ts";
import type { TrustedProxies } from "./addresses.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import type { Pace } from "./pace.ts";
import { Bucket, Buckets, networkOf } from "./rate.ts";

const unknownCountry = "ZZ";

/** Who sent a request, before its body is read. */
export interface Sender {
  /** What is known without asking the body. */
  readonly context: SessionContext;
  /** Refuses a body that speaks for another session, or in another role, than its token. Throws GatewayError `token_invalid`. */
  own(who: SessionIdentity): void;
}
export interface AdmissionParts {
  readonly clock: Clock;
  readonly metrics: OwnMetrics;
  readonly limits: IngestLimits;
  readonly pace: Pace;
  readonly proxies: TrustedProxies;
  /** Absent where reports need no token. */
  readonly tokens: TelemetryTokens | undefined;
}

/** Decides by address, pace and token who may post to the public face; addresses are counted by and forgotten. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #all: Bucket;
  readonly #networks: Buckets;
  readonly #sessions: Buckets;

  constructor(parts: AdmissionParts) {
    const { limits, clock } = parts;
    this.#parts = parts;
    this.#all = new Bucket(limits.perSecond, limits.perSecond, clock.now());
    const bucket = (perSecond: number) => (nowMs: number) => new Bucket(perSecond, perSecond, nowMs);
    this.#networks = new Buckets(limits.networksHeld, bucket(limits.perNetwork));
    this.#sessions = new Buckets(limits.sessionsHeld, bucket(limits.perToken));
  }

  /** The pace of one network and of all, for every POST. Throws GatewayError `rate_ip` or `overload`. */
  count(request: IncomingMessage): void {
    const { clock, limits, proxies, pace } = this.#parts;
    const nowMs = clock.now();
    const network = networkOf(proxies.addressOf(request));
    if (network !== undefined && !this.#networks.take(network, nowMs))
      throw new GatewayError("rate_ip", `more than ${limits.perNetwork} requests in a second from this network`);
    if (this.#all.take(nowMs)) return;
    pace.overloaded(nowMs);
    throw new GatewayError("overload", "the gateway has too many requests");
  }

  /**
   * Who sends this report. Throws GatewayError `rate_ip`, `overload`, `token_missing`, `token_invalid`, `token_expired`, or `rate_session`
   * where one token is used too often.
   */
  admit(request: IncomingMessage): Sender {
    this.count(request);
    const { clock, limits, metrics, proxies, tokens } = this.#parts;
    const claims = tokens === undefined ? undefined : this.#prove(tokens, request);
    if (claims !== undefined && !this.#sessions.take(claims.sid, clock.now()))
      throw new GatewayError("rate_session", `more than ${limits.perToken} requests in a second with this token`);
    return {
      context: {
        broadcast: claims?.broadcast,
        country: claims?.country ?? proxies.countryOf(request) ?? unknownCountry,
        userAgent: request.headers["user-agent"] ?? "",
      },
      own(who) {
        if (claims === undefined) return;
        const isOwn = claims.sid === who.sessionId && who.service === `moq-${claims.role}`;
        metrics.token(isOwn ? "ok" : "wrong_session");
        if (!isOwn) throw new GatewayError("token_invalid", "the token is another session's, or for another role");
      },
    };
  }

  #prove(tokens: TelemetryTokens, request: IncomingMessage): TelemetryClaims {
    const { metrics } = this.#parts;
    const token = bearerOf(request);
    if (token === undefined) {
      metrics.token("missing");
      throw new GatewayError("token_missing", "send a token of /v1/token as Authorization: Bearer");
    }
    const claims = tokens.verify(token);
    if (typeof claims !== "string") return claims;
    metrics.token(claims);
    if (claims === "expired") throw new GatewayError("token_expired", "the token has expired: get another one at /v1/token");
    throw new GatewayError("token_invalid", "this is no telemetry token of this gateway");
  }
}
