import type { ServerResponse } from "node:http";
import type { GatewayError, GatewayErrorCode } from "../error.ts";

/** HTTP status of each refusal; a code that is no refusal of a request is our own fault. */
const statuses: Partial<Record<GatewayErrorCode, number>> = {
  origin: 403,
  content_type: 415,
  too_large: 413,
  inflated_too_large: 413,
  malformed: 400,
  too_many_points: 400,
  negative: 400,
  wrong_type: 400,
  rate_session: 429,
  rate_ip: 429,
  overload: 503,
  token_missing: 401,
  token_invalid: 401,
  token_expired: 401,
};

export function statusOf(error: GatewayError): number {
  return statuses[error.code] ?? 500;
}

const retryAfterSeconds = "5";

/** What a refusal says beside its body: when to come back, what is asked for, that the rest of the body is not read. */
export function setRefusalHeaders(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  if (status === 429 || status === 503) response.setHeader("retry-after", retryAfterSeconds);
  if (status === 401) response.setHeader("www-authenticate", "Bearer");
  if (status === 413) response.setHeader("connection", "close");
}

/** Sends a JSON answer that no cache keeps. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, { type: "application/json; charset=utf-8", body: JSON.stringify(body) });
}

/** Sends an error that says what is wrong and what to do about it. */
export function sendError(response: ServerResponse, status: number, error: { readonly error: string; readonly remedy: string }): void {
  sendJson(response, status, error);
}

export function send(
  response: ServerResponse,
  status: number,
  content: { readonly type: string; readonly body: string | Uint8Array },
): void {
  if (response.headersSent || response.destroyed) return;
  const length = typeof content.body === "string" ? Buffer.byteLength(content.body) : content.body.byteLength;
  response.writeHead(status, {
    "content-type": content.type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-length": length,
  });
  response.end(content.body);
}
