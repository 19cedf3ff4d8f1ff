import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type Path, toPath } from "@moqscope/lite";
import { selectSubprotocol, webSocketServerOptions } from "@moqscope/lite/node";
import type { SpanContext } from "@moqscope/telemetry";
import { type WebSocket, WebSocketServer } from "ws";
import { parseTarget } from "./answer.ts";
import { parseTraceparent } from "./traceparent.ts";

/** A WebSocket that has been upgraded, and what its request said. */
export interface Upgraded {
  readonly socket: WebSocket;
  readonly protocol: string;
  /** The connect path. */
  readonly root: Path;
  readonly traceparent: SpanContext | undefined;
}
export type UpgradeRefusal = "malformed" | "version_mismatch" | "overload";
export interface UpgraderOptions {
  /** Takes a place for a session, or `undefined` when there is none; called before the upgrade is answered. */
  admit(request: IncomingMessage): (() => void) | undefined;
  onSession(upgraded: Upgraded, request: IncomingMessage, release: () => void): void;
  onRefused(refusal: UpgradeRefusal): void;
}

/** Turns upgrade requests on any path into sessions, or refuses them with an HTTP status (relay-behaviour §8.1). */
export class Upgrader {
  readonly #options: UpgraderOptions;
  readonly #server: WebSocketServer;
  constructor(options: UpgraderOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      ...webSocketServerOptions,
      handleProtocols: (offered, request) => chosen(offers(request)) ?? [...offered][0] ?? false,
    });
    this.#server.on("wsClientError", (_error, socket) => {
      this.#options.onRefused("malformed");
      refuse(socket, 400, "malformed WebSocket handshake");
    });
  }
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a listener an error of a socket that is being refused would end the process; `close` follows and is enough.
    socket.on("error", () => socket.destroy());
    const target = parseTarget(request.url);
    if (!target) return this.#refuse(socket, "malformed", 400, "malformed URL");
    const protocol = chosen(offers(request));
    if (protocol === undefined) return this.#refuse(socket, "version_mismatch", 400, "no WebSocket subprotocol of this relay was offered");
    const release = this.#options.admit(request);
    if (!release) return this.#refuse(socket, "overload", 503, "this relay takes no more sessions, or no more from this address");
    socket.once("close", release);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const root = toPath(target.path);
      const traceparent = parseTraceparent(target.query.get("traceparent"));
      this.#options.onSession({ socket: webSocket, protocol, root, traceparent }, request, release);
    });
  }
  #refuse(socket: Duplex, refusal: UpgradeRefusal, status: number, message: string): void {
    this.#options.onRefused(refusal);
    refuse(socket, status, message);
  }
}

function offers(request: IncomingMessage): string[] {
  const header = request.headers["sec-websocket-protocol"] ?? "";
  return header
    .split(",")
    .map((offer) => offer.trim())
    .filter((offer) => offer !== "");
}
/** `undefined` when none is usable; empty, which stands for the legacy framing, when nothing was offered. */
function chosen(offered: string[]): string | undefined {
  const selected = selectSubprotocol(offered);
  return selected === false ? undefined : (selected ?? "");
}
function refuse(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
