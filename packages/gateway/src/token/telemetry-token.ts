import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { isCountry } from "@moqscope/token";
import { GatewayError } from "../error.ts";
import { isSessionId } from "../fleet/head.ts";

export type Role = "player" | "publisher";

/** What a telemetry token says (fleet aggregation, section 8). */
export interface TelemetryClaims {
  /** The one session that may report with it. */
  readonly sid: string;
  /** Path of the broadcast that the session watches or publishes. */
  readonly broadcast: string;
  readonly role: Role;
  /** ISO 3166-1 alpha-2, where the issuer of the MoQ JWT said it. */
  readonly country?: string;
}
/** Why a token is not taken; values of `moq.gateway.tokens{result}`. */
export type TokenFault = "invalid" | "expired" | "wrong_audience";

const audience = "telemetry";
const minSecretBytes = 32;
/** Characters of a token; longer ones are not looked at. */
const maxCharacters = 2_048;
/** The one header that is written and read: no other algorithm can be asked for. */
const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");

/** Issues and proves the short-lived tokens of reports: JWTs by HMAC-SHA256 (RFC 7515, RFC 7519), synchronously as each report needs it. */
export class TelemetryTokens {
  readonly lifeMs: number;
  readonly #key: KeyObject;
  readonly #now: () => number;

  /**
   * @param secret at least 32 bytes; every replica needs the same
   * @param now epoch milliseconds
   * @throws GatewayError `bad_token_secret` when it is shorter.
   */
  constructor(secret: Uint8Array, lifeMs: number, now: () => number) {
    if (secret.byteLength < minSecretBytes)
      throw new GatewayError(
        "bad_token_secret",
        `the secret of telemetry tokens has ${secret.byteLength} bytes, it needs ${minSecretBytes}`,
      );
    this.#key = createSecretKey(secret);
    this.lifeMs = lifeMs;
    this.#now = now;
  }

  /** A token and how many seconds it lives: its whole life, or less where what it was given for ends before. */
  issue(claims: TelemetryClaims, untilMs = Number.POSITIVE_INFINITY): { readonly token: string; readonly expiresIn: number } {
    const nowSeconds = Math.floor(this.#now() / 1000);
    const exp = Math.floor(Math.min(this.#now() + this.lifeMs, untilMs) / 1000);
    const payload = JSON.stringify({ ...claims, iat: nowSeconds, exp, aud: audience });
    const signed = `${header}.${Buffer.from(payload).toString("base64url")}`;
    return { token: `${signed}.${this.#sign(signed).toString("base64url")}`, expiresIn: Math.max(0, exp - nowSeconds) };
  }

  /** What a token says, or why it is not taken. */
  verify(token: string): TelemetryClaims | TokenFault {
    const end = token.lastIndexOf(".");
    if (token.length > maxCharacters || end < 0 || !token.startsWith(`${header}.`)) return "invalid";
    const signature = Buffer.from(token.slice(end + 1), "base64url");
    const expected = this.#sign(token.slice(0, end));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return "invalid";
    return this.#read(token.slice(header.length + 1, end));
  }

  #read(payload: string): TelemetryClaims | TokenFault {
    // whoever signed it holds the secret; what he wrote may still be no telemetry token
    const claims = parseObject(Buffer.from(payload, "base64url").toString("utf8"));
    if (claims?.["aud"] !== audience) return "wrong_audience";
    const { exp, sid, broadcast, role, country } = claims;
    if (typeof exp !== "number" || !isSessionId(sid) || typeof broadcast !== "string" || !isRole(role)) return "invalid";
    if (exp * 1000 <= this.#now()) return "expired";
    return { sid, broadcast, role, ...(isCountry(country) ? { country } : {}) };
  }

  #sign(text: string): Buffer {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

export function isRole(value: unknown): value is Role {
  return value === "player" || value === "publisher";
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // no JSON is no token, and that is what the caller says
    return undefined;
  }
}
