import type { TelemetryClock } from "./clock.ts";

/** Browsers refuse a keepalive request when the bodies under way exceed 64 KiB. */
export const maxKeepaliveBytes = 60_000;

/** Bytes under way in requests that outlive their page: one sum for all players of a page, as browsers count. */
export class KeepaliveBudget {
  #pending = 0;

  get room(): number {
    return maxKeepaliveBytes - this.#pending;
  }

  /** Takes bytes until the returned function is called. */
  take(bytes: number): () => void {
    this.#pending += bytes;
    return () => {
      this.#pending -= bytes;
    };
  }
}
const pageBudget = new KeepaliveBudget();

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The page is going away: the request outlives it, uncompressed since compression takes a turn. */
  readonly leaving: boolean;
}
export interface Answer {
  readonly status: number;
  readonly body: string;
  header(name: string): string | undefined;
}

const gzipWorthBytes = 1_024;

async function gzip(text: string): Promise<ArrayBuffer | undefined> {
  if (text.length <= gzipWorthBytes || typeof CompressionStream === "undefined") return undefined;
  try {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    return await new Response(stream).arrayBuffer();
  } catch {
    // Whatever broke: the same text goes uncompressed.
    return undefined;
  }
}

/** Bytes of a text as it is sent. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Sends telemetry with `fetch`; `undefined` is no answer: the network, or a time limit. */
export class Http {
  readonly #fetch: typeof fetch;
  readonly #clock: TelemetryClock;
  readonly #budget: KeepaliveBudget;

  constructor(send: typeof fetch, clock: TelemetryClock, budget: KeepaliveBudget = pageBudget) {
    this.#fetch = send;
    this.#clock = clock;
    this.#budget = budget;
  }

  /** Bytes that may still leave with a page that goes away. */
  get room(): number {
    return this.#budget.room;
  }

  async post({ url, body, headers, leaving }: Post, timeoutMs: number): Promise<Answer | undefined> {
    const typed = { "content-type": "application/json", ...headers };
    if (leaving) {
      const release = this.#budget.take(byteLength(body));
      return await this.#send(url, { method: "POST", body, headers: typed, keepalive: true }, timeoutMs).finally(release);
    }
    const packed = await gzip(body);
    const sent = packed === undefined ? typed : { ...typed, "content-encoding": "gzip" };
    return await this.#send(url, { method: "POST", body: packed ?? body, headers: sent }, timeoutMs);
  }

  /** Without headers of its own, so that no preflight goes before it. */
  get(url: string, timeoutMs: number): Promise<Answer | undefined> {
    return this.#send(url, { method: "GET", cache: "no-store" }, timeoutMs);
  }

  async #send(url: string, init: RequestInit, timeoutMs: number): Promise<Answer | undefined> {
    let cancel = (): void => {};
    try {
      const abort = new AbortController();
      cancel = this.#clock.after(timeoutMs, () => abort.abort());
      const response = await this.#fetch(url, { ...init, credentials: "omit", redirect: "error", signal: abort.signal });
      // Read to the end, so that the connection is free for the next report.
      const text = await response.text();
      return { status: response.status, body: text, header: (name) => response.headers.get(name) ?? undefined };
    } catch {
      // No answer is an answer here: the values stay in the cells and leave with the next report.
      return undefined;
    } finally {
      cancel();
    }
  }
}
