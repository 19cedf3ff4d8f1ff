import type { Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { type Clock, systemClock } from "@moqscope/lite";
import type { ListenAddress } from "@moqscope/telemetry/options";
import type { RelayLimits } from "../limits.ts";
import { addressKey } from "./address.ts";
import type { Certificate } from "./certificate.ts";
import type { TrustedProxies } from "./client-address.ts";
import { readProxyHeader } from "./proxy-protocol.ts";
import { Tally } from "./tally.ts";

/** Why a TCP connection never reached HTTP. */
export type FrontFailure = "overload" | "timeout" | "tls" | "proxy";
export interface FrontOptions {
  readonly http: HttpServer;
  readonly certificate?: Certificate;
  readonly limits: RelayLimits;
  readonly clock: Clock;
  /** Whose connections are others': they are not counted as from one address. */
  readonly proxies?: TrustedProxies;
  /** Whether these begin with a header of the PROXY protocol. */
  readonly proxyProtocol?: boolean;
  onFailure(failure: FrontFailure): void;
}

/** First byte of a TLS record that opens a handshake (RFC 8446 §5.1). No HTTP request begins with it. */
const tlsHandshake = 0x16;

interface Guard {
  readonly socket: Socket;
  /** Where a proxy says that it comes from. */
  source?: ListenAddress;
  settled: boolean;
  /** No longer pending: stops the deadline and gives the place back. */
  settle(): void;
}

/** One TCP port for plain HTTP and TLS: looks at the first byte, and bounds what has not become a session yet. */
export class Front {
  readonly server: Server;
  /** Takes connections of this machine's own processes: never behind a proxy. */
  readonly inside: Server;
  readonly #options: FrontOptions;
  readonly #tls: TlsServer | undefined;
  readonly #pending: Tally;
  /** By remote address and port: the TLS layer hides the socket below it. */
  readonly #guards = new Map<string, Guard>();
  constructor(options: FrontOptions) {
    this.#options = options;
    this.#pending = new Tally(() => ({ all: options.limits.maxPending, perKey: options.limits.maxPendingPerAddress }));
    this.#tls = options.certificate && this.#createTls(options.certificate);
    this.server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket));
    this.inside = createServer({ noDelay: true }, (socket) => this.#accept(socket, true));
  }
  /** TCP connections that are open, sessions included. */
  get sockets(): number {
    return this.#guards.size;
  }
  /** Serves another certificate to those who come from now on. */
  renew(certificate: Certificate): void {
    this.#tls?.setSecureContext(contextOf(certificate));
  }
  /** Says that a connection has become a session: its deadline is over. */
  settle(socket: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }): void {
    this.#guards.get(guardKey(socket))?.settle();
  }
  /** Where a connection comes from: its other end, or what a proxy said in front of it. */
  peerOf(socket: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }): ListenAddress {
    const { source } = this.#guards.get(guardKey(socket)) ?? {};
    return source ?? { host: socket.remoteAddress ?? "unknown", port: socket.remotePort ?? 0 };
  }
  /** Stops listening, cuts what is no session, and after `graceMs` what is left. */
  async close(graceMs: number): Promise<void> {
    const servers = [this.server, this.inside].map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const guard of this.#guards.values()) if (!guard.settled) guard.socket.destroy();
    // Real time, whatever clock was given: these are real sockets.
    const cancel = systemClock.after(graceMs, () => {
      for (const { socket } of this.#guards.values()) socket.destroy();
    });
    await Promise.all(servers);
    cancel();
  }
  #accept(socket: Socket, isInside = false): void {
    const key = guardKey(socket);
    const isProxied = !isInside && (this.#options.proxies?.trusts(socket.remoteAddress) ?? false);
    // Each connection of a proxy is somebody else's until it is known whose.
    let place = this.#pending.take(isProxied ? key : addressKey(socket.remoteAddress));
    if (!place) {
      this.#options.onFailure("overload");
      socket.destroy();
      return;
    }
    const cancel = this.#options.clock.after(this.#options.limits.handshakeTimeoutMs, () => {
      this.#options.onFailure("timeout");
      socket.destroy();
    });
    const guard: Guard = {
      socket,
      settled: false,
      settle: () => {
        guard.settled = true;
        cancel();
        place?.();
      },
    };
    this.#guards.set(key, guard);
    socket.once("close", () => {
      guard.settle();
      this.#guards.delete(key);
    });
    // Whoever takes the socket over hears of its errors too; until then `close` follows and is enough.
    socket.on("error", () => socket.destroy());
    if (!isProxied || !this.#options.proxyProtocol) return void socket.once("data", (first: Buffer) => this.#route(socket, first));
    this.#readProxyHeader(socket, (source) => {
      if (!source) return true;
      guard.source = source;
      place?.();
      place = this.#pending.take(addressKey(source.host));
      return place !== undefined;
    });
  }
  /** Waits for the header, tells of its source and goes on with what follows, unless there is no place for it. */
  #readProxyHeader(socket: Socket, told: (source: ListenAddress | undefined) => boolean): void {
    let bytes = Buffer.alloc(0);
    const fail = (failure: FrontFailure): void => {
      this.#options.onFailure(failure);
      socket.destroy();
    };
    const read = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const header = readProxyHeader(bytes);
      if (header.kind === "more") return;
      socket.off("data", read);
      if (header.kind === "malformed") return fail("proxy");
      if (!told(header.source)) return fail("overload");
      const rest = bytes.subarray(header.length);
      if (rest.length > 0) this.#route(socket, rest);
      else socket.once("data", (first: Buffer) => this.#route(socket, first));
    };
    socket.on("data", read);
  }
  #route(socket: Socket, first: Buffer): void {
    socket.pause();
    socket.unshift(first);
    const target = first[0] === tlsHandshake && this.#tls ? this.#tls : this.#options.http;
    target.emit("connection", socket);
    process.nextTick(() => socket.resume());
  }
  #createTls(certificate: Certificate): TlsServer {
    const { http, limits } = this.#options;
    const server = createTlsServer({
      ...contextOf(certificate),
      // Whoever shows none, or one that nobody knows, is judged by its token.
      requestCert: certificate.clientCa !== undefined,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
      // The deadline of the connection comes first: it began before.
      handshakeTimeout: 2 * limits.handshakeTimeoutMs,
    });
    server.on("secureConnection", (socket) => http.emit("connection", socket));
    server.on("tlsClientError", (error, socket) => {
      // A reset is the client going away, or our own deadline, which is counted there.
      if (!("code" in error && error.code === "ECONNRESET")) this.#options.onFailure("tls");
      socket.destroy();
    });
    return server;
  }
}

function contextOf({ cert, key, clientCa }: Certificate): { readonly cert: string; readonly key: string; readonly ca?: string } {
  return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) };
}
function guardKey(socket: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }): string {
  return `${socket.remoteAddress}|${socket.remotePort}`;
}
