import { TokenError, TokenErrorCode } from "./error.ts";
import { type Grants, readGrants } from "./grants.ts";

/** What a MoQ JWT says (relay-behaviour §7.2). */
export interface Claims extends Grants {
  /** Unix seconds from which on it is worth nothing; absent for never. */
  readonly exp?: number;
  /** Unix seconds at which it was signed. */
  readonly iat?: number;
  /** ISO 3166-1 alpha-2 code of the viewer's country, where the issuer says it: ours, other implementations ignore it. */
  readonly country?: string;
}

/** What a token shall say. Prefixes are relative to `root`; a text and a list of one mean the same. */
export interface ClaimsInput {
  /** Default `""`. */
  readonly root?: string;
  readonly put?: string | readonly string[];
  readonly get?: string | readonly string[];
  readonly exp?: number;
  /** Default the time of signing. */
  readonly iat?: number;
  readonly country?: string;
}

/**
 * Reads the payload of a JWT. `root` may be absent, which `@moq/token` does not allow and the relays do.
 * @throws TokenError `malformed`, or `scope` when it grants nothing in either direction.
 */
export function readClaims(payload: Readonly<Record<string, unknown>>): Claims {
  const grants = readGrants(payload);
  if (grants.put.length === 0 && grants.get.length === 0)
    throw new TokenError(TokenErrorCode.scope, "the token grants nothing: it has neither put nor get");
  const exp = readSeconds(payload, "exp");
  const iat = readSeconds(payload, "iat");
  const { country } = payload;
  return {
    ...grants,
    ...(exp === undefined ? {} : { exp }),
    ...(iat === undefined ? {} : { iat }),
    ...(isCountry(country) ? { country } : {}),
  };
}

/** Whether a value is written like a country code. */
export function isCountry(value: unknown): value is string {
  return typeof value === "string" && /^[A-Z]{2}$/.test(value);
}

function readSeconds(payload: Readonly<Record<string, unknown>>, name: "exp" | "iat"): number | undefined {
  const value = payload[name];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) throw new TokenError(TokenErrorCode.malformed, `${name} is in Unix seconds`);
  return value;
}
