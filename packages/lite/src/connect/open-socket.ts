import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { parseSubprotocol, subprotocolOffers } from "../qmux/subprotocol.ts";
import { QmuxTransport } from "../qmux/transport.ts";
import { WebSocketAdapter, type WebSocketLike } from "../qmux/web-socket.ts";
import type { TransportLimits } from "../transport/limits.ts";
import type { Transport } from "../transport/transport.ts";

/** The constructor of the browser, or `nodeWebSocket` of `@moqscope/lite/node`. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

export interface OpenSocketOptions {
  readonly signal: AbortSignal;
  readonly webSocket?: WebSocketConstructor | undefined;
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<TransportLimits> | undefined;
}

/** `http` becomes `ws`, `https` becomes `wss`; path and query stay. @throws LiteError `connect_failed` for another scheme. */
export function toWebSocketUrl(url: string | URL): string {
  const parsed = URL.parse(url);
  if (!parsed) throw new LiteError(LiteErrorCode.connectFailed, `"${url}" is not a URL`);
  const scheme = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" }[parsed.protocol];
  if (!scheme) throw new LiteError(LiteErrorCode.connectFailed, `"${parsed.protocol}" cannot be dialled: use http, https, ws or wss`);
  const target = new URL(parsed);
  target.hash = "";
  return scheme + target.href.slice(target.protocol.length);
}

/**
 * Opens a WebSocket with our subprotocols and runs QMux on it.
 * @throws LiteError `connect_failed`, `unauthorized` (where the socket tells), `version_mismatch`, or the signal's reason.
 */
export async function openWebSocket(url: string | URL, options: OpenSocketOptions): Promise<Transport> {
  const target = toWebSocketUrl(url);
  const Constructor = options.webSocket ?? (globalThis.WebSocket as unknown as WebSocketConstructor | undefined);
  if (!Constructor) throw new LiteError(LiteErrorCode.unsupported, "there is no WebSocket here: pass `webSocket`");
  if (options.signal.aborted) throw options.signal.reason;
  const clock = options.clock ?? systemClock;
  const socket = new Constructor(target, [...subprotocolOffers]);
  const adapter = new WebSocketAdapter(socket, clock);
  await opened(socket, options.signal);
  const chosen = parseSubprotocol(socket.protocol);
  if (!chosen) {
    socket.close();
    throw new LiteError(LiteErrorCode.versionMismatch, `server chose subprotocol "${socket.protocol}", which was not offered`);
  }
  const { limits } = options;
  return new QmuxTransport({
    role: "client",
    socket: adapter,
    framing: chosen.framing,
    protocol: chosen.protocol,
    kind: "websocket",
    clock,
    limits,
  });
}

function opened(socket: WebSocketLike, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let cause: string | undefined;
    const settle = (): void => {
      signal.removeEventListener("abort", abort);
      socket.removeEventListener("open", open);
    };
    const open = (): void => {
      settle();
      resolve();
    };
    const abort = (): void => {
      settle();
      reject(signal.reason as Error);
      socket.close();
    };
    socket.addEventListener("open", open);
    // `ws` tells the HTTP status in its error; browsers tell nothing.
    socket.addEventListener("error", (event) => {
      cause = event.message;
    });
    socket.addEventListener("close", (event) => {
      settle();
      reject(refused(cause ?? `socket closed (${event.code ?? "no code"})`));
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}
function refused(message: string): LiteError {
  const code = /\b40[13]\b/.test(message) ? LiteErrorCode.unauthorized : LiteErrorCode.connectFailed;
  return new LiteError(code, `cannot connect: ${message}`);
}
