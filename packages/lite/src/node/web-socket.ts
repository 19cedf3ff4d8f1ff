import type { LookupFunction, Socket } from "node:net";
import { WebSocket } from "ws";
import { type Clock, systemClock } from "../clock.ts";
import type { WebSocketConstructor } from "../connect/open-socket.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { parseSubprotocol } from "../qmux/subprotocol.ts";
import { QmuxTransport } from "../qmux/transport.ts";
import { defaultTransportLimits, type TransportLimits } from "../transport/limits.ts";
import type { LinkStats, Transport } from "../transport/transport.ts";
import { DirectSocket, NodeSocket, type NodeWebSocket } from "./node-socket.ts";

export interface AcceptWebSocketOptions {
  /** The subprotocol that `selectSubprotocol` chose. */
  readonly protocol: string;
  /**
   * What the socket runs on: `request.socket` of the server's `connection` event. Where it is given, messages are written to it
   * ready made, past `ws`, which costs less; all else stays with `ws`.
   */
  readonly connection?: Socket;
  readonly clock?: Clock;
  readonly limits?: Partial<TransportLimits>;
  /** Default 5000. */
  readonly pingIntervalMs?: number;
  /** Silence after which the socket is dead; default 30 000. */
  readonly pingTimeoutMs?: number;
  /** What the system knows of the TCP connection, asked at each `stats()`; only the caller has the means to ask. */
  readonly kernel?: () => LinkStats | undefined;
}

/** The largest message of any framing; each is held to its own limit by the transport. */
const maxMessageBytes = Math.max(defaultTransportLimits.recordBytes, defaultTransportLimits.singleFrameBytes);

/** What a `WebSocketServer` of `ws` needs to serve us: media does not compress, and messages are small. */
export const webSocketServerOptions: { readonly perMessageDeflate: false; readonly maxPayload: number; readonly clientTracking: false } = {
  perMessageDeflate: false,
  maxPayload: maxMessageBytes,
  clientTracking: false,
};

/**
 * Runs QMux on an accepted socket of `ws`; the socket belongs to the transport from here on.
 * @throws LiteError `version_mismatch` if the subprotocol is none of ours.
 */
export function acceptWebSocket(socket: NodeWebSocket, options: AcceptWebSocketOptions): Transport {
  const chosen = parseSubprotocol(options.protocol);
  if (!chosen) throw new LiteError(LiteErrorCode.versionMismatch, `subprotocol "${options.protocol}" is not spoken here`);
  const clock = options.clock ?? systemClock;
  return new QmuxTransport({
    role: "server",
    socket: options.connection ? new DirectSocket(socket, options.connection, clock) : new NodeSocket(socket, clock),
    framing: chosen.framing,
    protocol: chosen.protocol,
    kind: "websocket",
    clock,
    limits: options.limits,
    pingIntervalMs: options.pingIntervalMs,
    pingTimeoutMs: options.pingTimeoutMs,
    kernel: options.kernel,
  });
}

/** How a socket is dialled, beyond its URL. */
export interface NodeWebSocketOptions {
  /** PEM: who signs the server's certificate, instead of whom Node.js trusts. */
  readonly ca?: string;
  /** PEM: our own certificate and its key, for a server that asks for one. */
  readonly cert?: string;
  readonly key?: string;
  /** Looks the host up instead of the system. */
  readonly lookup?: LookupFunction;
}

/** The constructor of `ws` for `ConnectOptions.webSocket`, without compression. */
export function nodeWebSocketWith(options: NodeWebSocketOptions): WebSocketConstructor {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false, maxPayload: maxMessageBytes, ...options });
    }
  } as unknown as WebSocketConstructor;
}
/** The same, dialled as the system has it. */
export const nodeWebSocket: WebSocketConstructor = nodeWebSocketWith({});
