import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Transport } from "@moqscope/lite";
import { selectSubprotocol, webSocketServerOptions } from "@moqscope/lite/node";
import type { ListenAddress } from "@moqscope/telemetry/options";
import { type WebSocket, WebSocketServer } from "ws";
import { clientCertificateOf } from "../entrance/client-certificate.ts";
import { type Entry, readEntry } from "../entrance/entry.ts";
import type { Gate } from "../entrance/gate.ts";
import { type Refusal, refusals } from "../entrance/refusal.ts";

export interface UpgraderOptions {
  readonly gate: Gate;
  /** Where a request comes from. */
  clientOf(request: IncomingMessage): ListenAddress;
  /** Makes a transport of an upgraded socket; the request's deadline is over. */
  accept(socket: WebSocket, protocol: string, request: IncomingMessage): Transport;
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly entry: Entry;
  readonly protocol: string;
  readonly remote: ListenAddress;
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
    this.#server.on("wsClientError", (_error, socket) => this.#refuse(socket, "malformed", "malformed WebSocket handshake"));
  }
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a listener an error of a socket that is being refused would end the process; `close` follows and is enough.
    socket.on("error", () => socket.destroy());
    const { gate } = this.#options;
    const entry = readEntry(request.url);
    if (!entry) return this.#refuse(socket, "malformed");
    if (!gate.lets(request.headers.origin)) return this.#refuse(socket, "origin");
    const protocol = chosen(offers(request));
    if (protocol === undefined) return this.#refuse(socket, "version_mismatch");
    const remote = this.#options.clientOf(request);
    const release = gate.admit(remote.host);
    if (!release) return this.#refuse(socket, "overload");
    socket.once("close", release);
    this.#enter({ request, socket, head, entry, protocol, remote }).catch(() => socket.destroy()); // What fails here is ours, and ends this connection.
  }
  async #enter({ request, socket, head, entry, protocol, remote }: Upgrade): Promise<void> {
    const { gate } = this.#options;
    const certificate = clientCertificateOf(request.socket);
    const decision = await gate.decide(entry, "websocket", certificate);
    if (socket.destroyed) return;
    if (decision.kind === "refused") return this.#refuse(socket, decision.refusal, decision.why);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const transport = this.#options.accept(webSocket, protocol, request);
      gate.open({ transport, entry, permit: decision.permit, certificate, remote });
    });
  }
  #refuse(socket: Duplex, refusal: Refusal, why?: string): void {
    this.#options.gate.refused("websocket", refusal);
    const { status, message } = refusals[refusal];
    const body = `${why ?? message}\n`;
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
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
