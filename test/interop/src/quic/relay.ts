import { createServer } from "node:http";
import { LocalBroadcast, Origin, startSession, Track, type Transport, toPath } from "@moqscope/lite";
import { acceptWebSocket, selectSubprotocol, webSocketServerOptions } from "@moqscope/lite/node";
import { type WebSocket, WebSocketServer } from "ws";
import { listen, pinnedCertificate } from "./quic-pair.ts";

/** A publisher that serves itself over WebTransport, WebSocket and HTTP on one port, as a relay does. */
export interface SmallRelay {
  readonly port: number;
  /** Transports that were accepted. */
  readonly transports: readonly Transport[];
  close(): Promise<void>;
}

/** Publishes 25 frames a second, five to a group, as the track `video` of `room/alice`. */
export async function startSmallRelay(frameBytes = 500): Promise<SmallRelay> {
  const origin = new Origin();
  const broadcast = new LocalBroadcast();
  const video = new Track({ name: "video" });
  broadcast.add(video);
  origin.publish(toPath("room/alice"), broadcast);
  const transports: Transport[] = [];
  const accepted = (transport: Transport): void => {
    transports.push(transport);
    startSession(transport, { role: "server", publish: origin });
  };
  const tls = await pinnedCertificate();
  const http = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    if (request.url === "/certificate.sha256") response.end(Buffer.from(tls.sha256).toString("hex"));
    else response.writeHead(404).end();
  });
  const sockets: WebSocket[] = [];
  const web = new WebSocketServer({
    ...webSocketServerOptions,
    server: http,
    handleProtocols: (offers) => selectSubprotocol(offers) ?? false,
  });
  web.on("connection", (socket) => {
    sockets.push(socket);
    accepted(acceptWebSocket(socket, { protocol: socket.protocol }));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as { readonly port: number };
  const quic = await listen(tls, accepted, port);
  let frame = 0;
  let group = video.createGroup();
  const ticking = setInterval(() => {
    if (frame++ % 5 === 0) {
      group.finish();
      group = video.createGroup();
    }
    group.append({ timestamp: frame * 40, payload: new Uint8Array(frameBytes) });
  }, 40);
  return {
    port,
    transports,
    async close() {
      clearInterval(ticking);
      for (const transport of transports) transport.close();
      for (const socket of sockets) socket.terminate();
      await quic.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
