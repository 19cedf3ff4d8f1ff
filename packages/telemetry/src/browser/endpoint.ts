import { TelemetryError } from "../error.ts";

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The ingest's base URL without a trailing slash; a relative one is taken from the page. Throws `TelemetryError`:
 * `endpoint_invalid`, or `mixed_content` where a page on https names an address on http that is not of this machine.
 */
export function ingestBase(endpoint: string, page: string | undefined): string {
  const url = URL.parse(endpoint, page);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TelemetryError("endpoint_invalid", `"${endpoint}" is no telemetry endpoint: such as https://example.org or /telemetry`);
  }
  if (page?.startsWith("https:") === true && url.protocol === "http:" && !loopback.test(url.hostname)) {
    throw new TelemetryError("mixed_content", `a page on https cannot report to ${url.origin}: the endpoint must be https too`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
