import type { TelemetryClock } from "./clock.ts";

/** Browsers refuse a keepalive request when the bodies under way exceed 64 KiB. */
export const maxKeepaliveBytes = 60_000;

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The page is going away: the request outlives it, uncompressed since compression takes a turn. */
  readonly leaving: boolean;
}
export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
}

const gzipWorthBytes = 1_024;

async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).arrayBuffer();
}

/** Sends telemetry with `fetch`; `undefined` is no answer: the network, or a time limit. */
export class Http {
  readonly #fetch: typeof fetch;
  readonly #clock: TelemetryClock;
  #pendingKeepalive = 0;

  constructor(send: typeof fetch, clock: TelemetryClock) {
    this.#fetch = send;
    this.#clock = clock;
  }

  /** Bytes that may still leave with a page that goes away. */
  get room(): number {
    return maxKeepaliveBytes - this.#pendingKeepalive;
  }

  async post({ url, body, headers, leaving }: Post, timeoutMs: number): Promise<Answer | undefined> {
    if (leaving) {
      const size = new TextEncoder().encode(body).length;
      this.#pendingKeepalive += size;
      try {
        return await this.#send(
          url,
          { method: "POST", body, headers: { "content-type": "application/json", ...headers }, keepalive: true },
          timeoutMs,
        );
      } finally {
        this.#pendingKeepalive -= size;
      }
    }
    const packed = body.length > gzipWorthBytes && typeof CompressionStream !== "undefined";
    const encoding: Record<string, string> = packed ? { "content-encoding": "gzip" } : {};
    const init = { method: "POST", body: packed ? await gzip(body) : body };
    return await this.#send(url, { ...init, headers: { "content-type": "application/json", ...encoding, ...headers } }, timeoutMs);
  }

  /** Without headers of its own, so that no preflight goes before it. */
  get(url: string, timeoutMs: number): Promise<Answer | undefined> {
    return this.#send(url, { method: "GET", cache: "no-store" }, timeoutMs);
  }

  async #send(url: string, init: RequestInit, timeoutMs: number): Promise<Answer | undefined> {
    const abort = new AbortController();
    const cancel = this.#clock.after(timeoutMs, () => abort.abort());
    try {
      const response = await this.#fetch(url, { ...init, credentials: "omit", redirect: "error", signal: abort.signal });
      // Read to the end, so that the connection is free for the next report.
      await response.arrayBuffer();
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined };
    } catch {
      // No answer is an answer here: the values stay in the cells and leave with the next report.
      return undefined;
    } finally {
      cancel();
    }
  }
}
