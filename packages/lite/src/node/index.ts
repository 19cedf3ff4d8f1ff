export { selectSubprotocol } from "../qmux/subprotocol.ts";
export { type AcceptWebSocketOptions, acceptWebSocket, type NodeWebSocket, nodeWebSocket, webSocketServerOptions } from "./web-socket.ts";
