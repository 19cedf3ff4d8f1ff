import type { IncomingMessage, ServerResponse } from "node:http";
import { reportHeaders } from "@moqscope/telemetry";

/** Headers that a page may send and read (fleet aggregation, section 8). */
const { gateway, resync, interval, session } = reportHeaders;
const allowHeaders = ["content-type", "content-encoding", "authorization", session, gateway].join(", ");
const exposeHeaders = [gateway, resync, interval, "moq-group-sample", "retry-after"].join(", ");

/** Which pages may report. */
export class Origins {
  readonly #allowed: ReadonlySet<string>;
  readonly #more: { readonly anyLocal: boolean; readonly same: boolean };

  /**
   * @param allowed exact origins
   * @param more `anyLocal`: any port of http://localhost and http://127.0.0.1 too, for a gateway that only this machine reaches. `same`:
   * pages of the host that the request goes to, for one that asks for tokens: a page that has a foreign name resolved to this machine
   * has none.
   */
  constructor(allowed: readonly string[], more: { readonly anyLocal: boolean; readonly same: boolean }) {
    this.#allowed = new Set(allowed.map((origin) => origin.replace(/\/$/, "").toLowerCase()));
    this.#more = more;
  }

  /** Writes the CORS headers of an answer. `false`: the page is a stranger. A request without Origin comes from no page. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    response.setHeader("vary", "origin");
    const { origin } = request.headers;
    if (origin === undefined) return true;
    if (!this.#allows(origin, request.headers.host)) return false;
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-expose-headers", exposeHeaders);
    if (request.method !== "OPTIONS") return true;
    response.setHeader("access-control-allow-methods", "GET, POST");
    response.setHeader("access-control-allow-headers", allowHeaders);
    response.setHeader("access-control-max-age", "7200");
    return true;
  }

  #allows(origin: string, host: string | undefined): boolean {
    const given = origin.toLowerCase();
    if (this.#allowed.has(given)) return true;
    if (this.#more.anyLocal && /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(given)) return true;
    return this.#more.same && host !== undefined && /^https?:\/\/(.+)$/.exec(given)?.[1] === host.toLowerCase();
  }
}
