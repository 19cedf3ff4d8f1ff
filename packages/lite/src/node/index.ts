export { selectSubprotocol } from "../qmux/subprotocol.ts";
export { inFlushTurn } from "./flush-turn.ts";
export type { NodeWebSocket } from "./node-socket.ts";
export { quicOpener, quicTransport } from "./quic.ts";
export type { QuicLike, QuicSessionLike, QuicTrust } from "./quic-session.ts";
export { resolveHost } from "./resolve-host.ts";
export {
  type AcceptWebSocketOptions,
  acceptWebSocket,
  type NodeWebSocketOptions,
  nodeWebSocket,
  nodeWebSocketWith,
  webSocketServerOptions,
} from "./web-socket.ts";
