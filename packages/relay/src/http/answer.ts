import type { ServerResponse } from "node:http";

/** One whole answer; the connection ends with it, so that nobody holds a place without asking for something. */
export interface Answer {
  readonly status: number;
  readonly type: "text/plain" | "text/html" | "application/json" | "text/plain; version=0.0.4";
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function text(status: number, body: string): Answer {
  return { status, type: "text/plain", body };
}

export function json(value: unknown): Answer {
  return { status: 200, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

export function send(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body, "utf8");
  response.writeHead(answer.status, {
    "content-type": `${answer.type}; charset=utf-8`,
    "content-length": body.byteLength,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    connection: "close",
    ...answer.headers,
  });
  response.end(body);
}

/** The path of a request target with its query, percent-decoded by segment; `undefined` when it cannot be read. */
export function parseTarget(target: string | undefined): { readonly path: string; readonly query: URLSearchParams } | undefined {
  try {
    const url = new URL(target ?? "/", "http://relay.invalid");
    return { path: url.pathname.split("/").map(decodeURIComponent).join("/"), query: url.searchParams };
  } catch {
    // The caller answers 400; what was malformed is the client's to know.
    return undefined;
  }
}
