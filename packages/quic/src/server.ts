import { checkCertificate } from "./certificate.ts";
import { type Engine, engine, type ServerSink } from "./engine.ts";
import { QuicError, type QuicErrorKind } from "./error.ts";
import { Queue } from "./queue.ts";
import { Session } from "./session.ts";
import { limits, tuned } from "./tuning.ts";
import type {
  QuicAddress,
  QuicRequest,
  QuicServer,
  QuicServerCertificate,
  QuicServerOptions,
  QuicServerStats,
  QuicSession,
} from "./types.ts";
import { Op } from "./wire.ts";

interface Asked {
  readonly kind: "webtransport" | "quic";
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly protocols: readonly string[];
  readonly host: string;
  readonly port: number;
  /** Hex. */
  readonly certificate?: string;
}

class Request implements QuicRequest {
  readonly kind: "webtransport" | "quic";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string | undefined;
  readonly remote: QuicAddress;
  readonly protocols: readonly string[];
  readonly certificate?: Uint8Array;
  readonly #session: Session;
  #answered = false;

  constructor(session: Session, asked: Asked) {
    this.#session = session;
    this.kind = asked.kind;
    this.url = asked.url;
    this.headers = joined(asked.headers);
    this.origin = this.headers["origin"];
    this.remote = { host: asked.host, port: asked.port };
    this.protocols = asked.protocols;
    if (asked.certificate !== undefined) this.certificate = Buffer.from(asked.certificate, "hex");
  }

  async accept({ protocol }: { readonly protocol?: string } = {}): Promise<QuicSession> {
    if (protocol !== undefined && !this.protocols.includes(protocol)) {
      throw new QuicError("protocol_not_offered", `${protocol} is not among the protocols offered: ${this.protocols.join(", ") || "none"}`);
    }
    if (this.#answered) throw new QuicError("closed", "the request was answered before");
    this.#answered = true;
    const session = this.#session;
    const { engine } = session;
    engine.op(Op.accept, session.id, protocol === undefined ? -1 : engine.text(protocol));
    await session.standing;
    return session;
  }

  reject(status: number): void {
    if (this.#answered) return;
    this.#answered = true;
    const session = this.#session;
    session.engine.op(Op.reject, session.id, status);
    session.finish({ by: "local", code: status, reason: `refused with status ${status}` });
  }
}

class Server implements QuicServer, ServerSink {
  readonly addresses: readonly QuicAddress[];
  readonly requests = new Queue<QuicRequest>();
  readonly #engine: Engine;
  readonly #id: number;
  readonly #limits: ReturnType<typeof limits>;
  readonly #closed = Promise.withResolvers<void>();
  #closing = false;
  #last: QuicServerStats = { handshakesFailed: 0, openSessions: 0 };

  constructor(
    engine: Engine,
    id: number,
    options: { readonly addresses: readonly QuicAddress[]; readonly limits: ReturnType<typeof limits> },
  ) {
    this.#engine = engine;
    this.#id = id;
    this.addresses = options.addresses;
    this.#limits = options.limits;
    engine.servers.set(id, this);
    engine.hold();
  }

  stats(): QuicServerStats {
    if (!this.#engine.servers.has(this.#id)) return this.#last;
    const [handshakesFailed = 0, openSessions = 0] = this.#engine.native.serverStats(this.#id);
    this.#last = { handshakesFailed, openSessions };
    return this.#last;
  }

  setCertificate(tls: QuicServerCertificate): void {
    checkCertificate(tls);
    named(() => this.#engine.native.setCertificate(this.#id, tls.certificate, tls.key, tls.clientRoots));
  }

  close(code = 0, reason = ""): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.requests.end();
      for (const session of this.#engine.sessions.values()) {
        if (session instanceof Session && session.server === this.#id) session.finish({ by: "local", code, reason });
      }
      this.#engine.op(Op.closeServer, this.#id, code, this.#engine.text(reason));
    }
    return this.#closed.promise;
  }

  request(id: number, text: string): void {
    const asked = JSON.parse(text) as Asked;
    const session = new Session({ id, kind: asked.kind, ...this.#limits, server: this.#id });
    if (this.#closing) return;
    this.requests.push(new Request(session, asked));
  }

  closed(): void {
    this.stats();
    this.#engine.servers.delete(this.#id);
    this.#engine.native.forgetServer(this.#id);
    this.#engine.release();
    this.#closed.resolve();
  }
}

/** Runs a call of the addon whose errors begin with their kind. */
export function named<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const colon = message.indexOf(":");
    throw new QuicError(message.slice(0, colon) as QuicErrorKind, message.slice(colon + 1));
  }
}

/** A header that came more than once has its values joined, as HTTP says (RFC 9110 section 5.3). */
function joined(headers: Asked["headers"]): Readonly<Record<string, string>> {
  const all: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of headers) {
    const before = all[name];
    all[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return all;
}

/** Listens for WebTransport and raw QUIC; throws QuicError `addon_missing`, `listen_failed`, `certificate_invalid`. */
export async function listenQuic(options: QuicServerOptions): Promise<QuicServer> {
  const shared = engine();
  checkCertificate(options.tls);
  const tuning = tuned(options);
  const addresses = options.listen.map(({ host, port }) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`));
  const { certificate, key, clientRoots } = options.tls;
  const clients = clientRoots === undefined ? {} : { clientRoots };
  const { server, ports } = named(() =>
    shared.native.listen({ addresses, certificate, key, ...clients, alpn: options.alpn ?? [], tuning }),
  );
  const used = options.listen.map(({ host }, index) => ({ host, port: ports[index] ?? 0 }));
  return new Server(shared, server, { addresses: used, limits: limits(tuning) });
}
