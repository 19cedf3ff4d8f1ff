import { type IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
export interface Request {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
export interface Reply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

/** Hands a request to a server's handler without a socket between, and reads its answer. */
export async function exchange(handler: Handler, { method, path, headers, body }: Request): Promise<Reply> {
  const source = Object.assign(Readable.from(body.length === 0 ? [] : [body]), {
    method,
    url: path,
    headers: { ...headers, "content-length": String(body.length) },
    socket: { remoteAddress: "127.0.0.1" },
  });
  const request = source as unknown as IncomingMessage;
  const response = new ServerResponse(request);
  let text = "";
  response.end = (chunk?: unknown): ServerResponse => {
    if (typeof chunk === "string") text = chunk;
    return response;
  };
  await handler(request, response);
  const header = (name: string): string | undefined => {
    const value = response.getHeader(name);
    return value === undefined ? undefined : String(value);
  };
  return { status: response.statusCode, header, text };
}
