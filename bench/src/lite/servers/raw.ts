import type { WebSocket } from "ws";
import { frameBytes, makeFrame, rawHeaderBytes } from "../content.ts";
import { listen } from "./listen.ts";
import type { Source } from "./source.ts";

/** The least that could be done: the bytes of a tick are framed once, and each socket is sent them once. */
export async function serveRaw(): Promise<Source> {
  const sockets = new Set<WebSocket>();
  const { server, port } = await listen(() => false);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const stride = rawHeaderBytes + frameBytes;
  return {
    port,
    write(frames) {
      const message = new Uint8Array(frames * stride);
      for (let at = 0; at < message.byteLength; at += stride) message.set(makeFrame(), at + rawHeaderBytes);
      for (const socket of sockets) socket.send(message);
    },
  };
}
