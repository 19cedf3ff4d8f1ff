import { WebSocket } from "ws";
import { type Clock, systemClock } from "../clock.ts";
import type { WebSocketConstructor } from "../connect/open-socket.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { SocketEvents } from "../qmux/socket.ts";
import { parseSubprotocol } from "../qmux/subprotocol.ts";
import { QmuxTransport } from "../qmux/transport.ts";
import { WebSocketAdapter, type WebSocketLike } from "../qmux/web-socket.ts";
import { defaultTransportLimits, type TransportLimits } from "../transport/limits.ts";
import type { LinkStats, Transport } from "../transport/transport.ts";

export interface AcceptWebSocketOptions {
  /** The subprotocol that `selectSubprotocol` chose. */
  readonly protocol: string;
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

/** What is used of a `WebSocket` of `ws`, beyond what browsers have. */
export interface NodeWebSocket extends WebSocketLike {
  ping(): void;
  pause(): void;
  resume(): void;
  terminate(): void;
  send(data: Uint8Array<ArrayBuffer>, written?: (error?: Error | null) => void): void;
  on(event: "pong", listener: () => void): unknown;
}

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
    socket: new NodeSocket(socket, clock),
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

/** The constructor of `ws` for `ConnectOptions.webSocket`, without compression. */
export const nodeWebSocket: WebSocketConstructor = class extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { perMessageDeflate: false, maxPayload: maxMessageBytes });
  }
} as unknown as WebSocketConstructor;

/** `ws` can ping, be cut, and says when what it was given is written. */
class NodeSocket extends WebSocketAdapter {
  /** A server does not mask, and `ws` tells when the kernel has the bytes. */
  readonly releases = true;
  readonly #ws: NodeWebSocket;
  #waiting: (() => void) | undefined;
  constructor(ws: NodeWebSocket, clock: Clock) {
    super(ws, clock);
    this.#ws = ws;
    ws.binaryType = "nodebuffer";
  }
  override listen(events: SocketEvents): void {
    super.listen(events);
    this.#ws.on("pong", () => events.pong());
  }
  override send(message: Uint8Array<ArrayBuffer>, written: () => void): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#ws.send(message, (error) => {
      if (!error) written();
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.();
    });
  }
  override whenDrained(callback: () => void): void {
    this.#waiting = callback;
  }
  override soon(callback: () => void): void {
    setImmediate(callback);
  }
  hold(held: boolean): void {
    if (held) this.#ws.pause();
    else this.#ws.resume();
  }
  ping(): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
  }
}
