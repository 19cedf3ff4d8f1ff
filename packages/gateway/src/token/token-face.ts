import type { IncomingMessage, ServerResponse } from "node:http";
import type { Authorizer, Permit } from "@moqscope/token";
import { covers, TokenError, type TokenErrorCode } from "@moqscope/token";
import { GatewayError, malformed } from "../error.ts";
import { isSessionId } from "../fleet/head.ts";
import { formatOf, readBody } from "../http/body.ts";
import { sendJson } from "../http/respond.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import { bearerOf } from "./bearer.ts";
import { isRole, type Role, type TelemetryTokens } from "./telemetry-token.ts";

const limits = { wire: 4_096, inflated: 4_096 } as const;
const maxBroadcastBytes = 256;

interface TokenRequest {
  readonly sid: string;
  readonly broadcast: string;
  readonly role: Role;
}
export interface TokenFaceParts {
  readonly authorizer: Authorizer;
  readonly tokens: TelemetryTokens;
  readonly metrics: OwnMetrics;
}

/**
 * `POST /v1/token` (fleet aggregation, section 8): a MoQ JWT whose grants cover the broadcast, or a broadcast below a public prefix, for a
 * telemetry token of one session. Throws GatewayError, after it was counted what the MoQ JWT lacked.
 */
export async function exchangeToken(
  parts: TokenFaceParts,
  exchange: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const { request, response } = exchange;
  if (formatOf(request) !== "otlp_json") throw new GatewayError("content_type", "send application/json");
  const { sid, broadcast, role } = readRequest(await readBody(request, limits));
  const permit = await permitFor(parts, broadcast, bearerOf(request));
  // at the broadcast itself: a grant for what lies below it is none for it
  if (!covers(role === "player" ? permit.get : permit.put, "")) throw refusal(parts, "scope", `the grants do not let a ${role} in there`);
  const country = permit.country === undefined ? {} : { country: permit.country };
  const { token, expiresIn } = parts.tokens.issue({ sid, broadcast: permit.root, role, ...country }, permit.expiresMs);
  parts.metrics.token("ok");
  sendJson(response, 200, { token, expires_in: expiresIn });
}

/** What stands at a broadcast, seen from the broadcast itself. */
async function permitFor(parts: TokenFaceParts, broadcast: string, jwt: string | undefined): Promise<Permit> {
  try {
    return await parts.authorizer.authorize(broadcast, jwt);
  } catch (cause) {
    if (cause instanceof TokenError) throw refusal(parts, cause.code, cause.message);
    throw cause;
  }
}

function refusal({ metrics }: TokenFaceParts, code: TokenErrorCode, message: string): GatewayError {
  switch (code) {
    case "missing":
      metrics.token("missing");
      return new GatewayError("token_missing", `${message}: send the session's MoQ JWT as Authorization: Bearer`);
    case "expired":
      metrics.token("expired");
      return new GatewayError("token_expired", message);
    case "key_unavailable":
      return new GatewayError("overload", "the keys of the tokens cannot be had");
    case "malformed":
    case "bad_signature":
    case "unknown_key":
    case "scope":
    case "key_invalid":
      metrics.token("invalid");
      return new GatewayError("token_invalid", message);
  }
}

function readRequest(body: Buffer): TokenRequest {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw malformed("the body is no JSON", cause);
  }
  if (typeof value !== "object" || value === null) throw malformed("the body is no JSON object");
  const { sid, broadcast, role } = value as Record<string, unknown>;
  if (!isSessionId(sid)) throw malformed("sid must be 16 to 64 of A-Z a-z 0-9 _ -");
  if (typeof broadcast !== "string" || Buffer.byteLength(broadcast) > maxBroadcastBytes || hasControls(broadcast))
    throw malformed(`broadcast must be a path of at most ${maxBroadcastBytes} bytes`);
  if (!isRole(role)) throw malformed("role must be player or publisher");
  return { sid, broadcast, role };
}

/** A path ends up in series, logs and consoles: no control characters go there. */
function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
