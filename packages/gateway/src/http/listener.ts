import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GatewayError } from "../error.ts";
import type { ListenAddress } from "../options.ts";

/** How a person changes where it listens, for the message of a taken port. */
export interface ListenerName {
  readonly what: string;
  readonly flag: string;
  readonly variable: string;
}
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A listening server. */
export interface Listener {
  /** Base address, such as `http://127.0.0.1:4319`. */
  readonly url: string;
  /** Ends every connection at once. May be called twice. */
  close(): Promise<void>;
}

/** Starts an HTTP server. Throws GatewayError `port_taken` or `listen_failed`, whose message is one line for a person. */
export async function listen(address: ListenAddress, name: ListenerName, handler: Handler): Promise<Listener> {
  const server = createServer(
    { requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
    guard(handler),
  );
  server.maxConnections = 10_000;
  server.listen(address.port, address.host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw listenError(address, name, cause);
  }
  let closing: Promise<void> | undefined;
  return { url: urlOf(server), close: () => (closing ??= closeServer(server)) };
}

/** A handler answers every error itself; what still escapes ends this connection, never the process. */
function guard(handler: Handler): RequestListener {
  return (request, response) => {
    handler(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  };
}

function listenError({ host, port }: ListenAddress, { what, flag, variable }: ListenerName, cause: unknown): GatewayError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const remedy = `choose another one with ${flag} or ${variable}`;
  if (code === "EADDRINUSE") return new GatewayError("port_taken", `port ${port} of ${host} (${what}) is taken: ${remedy}`, { cause });
  return new GatewayError("listen_failed", `cannot listen on ${host} port ${port} (${what}): ${code || String(cause)}; ${remedy}`, {
    cause,
  });
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const host = address === "::" || address === "0.0.0.0" ? "127.0.0.1" : address;
  return `http://${family === "IPv6" && host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
