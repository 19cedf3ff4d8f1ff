import type { WebSocket } from "ws";
import { frameBytes, makeFrame, rawHeaderBytes, rawMessageBytes } from "../content.ts";
import { listen } from "./listen.ts";
import type { Source } from "./source.ts";

/** The least that could be done: the bytes of a tick are framed once, and each socket is sent them in messages as large as ours may be. */
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
      const bytes = new Uint8Array(frames * stride);
      for (let at = 0; at < bytes.byteLength; at += stride) bytes.set(makeFrame(), at + rawHeaderBytes);
      const messages: Uint8Array[] = [];
      for (let at = 0; at < bytes.byteLength; at += rawMessageBytes) messages.push(bytes.subarray(at, at + rawMessageBytes));
      for (const socket of sockets) for (const message of messages) socket.send(message);
    },
  };
}
