import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { openWebSocket } from "../connect/open-socket.ts";
import { acceptWebSocket, nodeWebSocket, selectSubprotocol, webSocketServerOptions } from "../node/index.ts";
import type { Transport } from "../transport/transport.ts";

export interface TestServer {
  readonly url: string;
  readonly sockets: WebSocket[];
  close(): Promise<void>;
}

/** A WebSocket server on a free port that hands each accepted transport to `accepted`. */
export async function listen(accepted: (transport: Transport) => void): Promise<TestServer> {
  const sockets: WebSocket[] = [];
  const server = new WebSocketServer({
    ...webSocketServerOptions,
    host: "127.0.0.1",
    port: 0,
    handleProtocols: (offers) => selectSubprotocol(offers) ?? false,
  });
  server.on("connection", (socket) => {
    sockets.push(socket);
    accepted(acceptWebSocket(socket, { protocol: socket.protocol }));
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/room?jwt=x`,
    sockets,
    async close() {
      for (const socket of sockets) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Two ends of one real WebSocket. */
export async function webSocketPair(): Promise<{ client: Transport; server: Transport; dispose: () => Promise<void> }> {
  const accepted = Promise.withResolvers<Transport>();
  const server = await listen((transport) => accepted.resolve(transport));
  const client = await openWebSocket(server.url, { signal: new AbortController().signal, webSocket: nodeWebSocket });
  return { client, server: await accepted.promise, dispose: () => server.close() };
}
