import type { AddressInfo } from "node:net";
import { webSocketServerOptions } from "@moqscope/lite/node";
import { WebSocketServer } from "ws";

/** The same `ws` server for all, so that only what runs on it differs. */
export async function listen(
  select: (offers: Set<string>) => string | false,
): Promise<{ readonly server: WebSocketServer; readonly port: number }> {
  const server = new WebSocketServer({ ...webSocketServerOptions, host: "127.0.0.1", port: 0, handleProtocols: select });
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}
