import type { IncomingMessage } from "node:http";

/** The token of `Authorization: Bearer …` (RFC 6750, section 2.1); `undefined` where there is none. Never from the query. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.headers.authorization ?? "")?.[1];
}
