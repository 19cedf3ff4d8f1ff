import type { AddressInfo } from "node:net";
import { type Connection, Connection as NetConnection } from "@moq/net";
import QmuxSession from "@moq/qmux";
import { Origin, startSession } from "@moqscope/lite";
import { acceptWebSocket, selectSubprotocol, webSocketServerOptions } from "@moqscope/lite/node";
import { type WebSocket, WebSocketServer } from "ws";
import { netParty } from "../party/net.ts";
import { ourParty } from "../party/ours.ts";
import type { Party } from "../party/party.ts";

/** A server that hands out the one session it accepts. */
export interface OneSession {
  readonly url: string;
  readonly party: Promise<Party>;
  readonly close: () => Promise<void>;
}

export function serveOurs(): Promise<OneSession> {
  return serve(
    (offers) => selectSubprotocol(offers) || false,
    async (socket) => {
      const publish = new Origin();
      const session = startSession(acceptWebSocket(socket, { protocol: socket.protocol }), { role: "server", publish });
      await session.ready;
      return ourParty(session, publish);
    },
  );
}

/** `@moq/net` as a server; `setupVersion` is what it selects where SETUP does. */
export function serveNet(setupVersion: number | undefined): Promise<OneSession> {
  return serve(
    (offers) => [...offers][0] ?? false,
    async (socket, url) => {
      const transport = QmuxSession.accept(socket as never, { protocol: socket.protocol });
      transport.closed.catch(() => {}); // The connection on it tells the same.
      await transport.ready;
      const props = setupVersion === undefined ? {} : { version: setupVersion };
      const connection: Connection.Established = await NetConnection.accept(transport as never, new URL(url), props);
      return netParty(connection);
    },
  );
}

async function serve(
  select: (offers: Set<string>) => string | false,
  accept: (socket: WebSocket, url: string) => Promise<Party>,
): Promise<OneSession> {
  const party = Promise.withResolvers<Party>();
  party.promise.catch(() => {}); // Whoever waits for it is told.
  const server = new WebSocketServer({
    ...webSocketServerOptions,
    clientTracking: true,
    host: "127.0.0.1",
    port: 0,
    handleProtocols: select,
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.on("connection", (socket) => {
    accept(socket, url).then(party.resolve, party.reject);
  });
  return {
    url,
    party: party.promise,
    async close() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
