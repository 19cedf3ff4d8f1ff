export { selectSubprotocol } from "../qmux/subprotocol.ts";
export { type AcceptWebSocketOptions, acceptWebSocket, nodeWebSocket, webSocketServerOptions } from "./web-socket.ts";
