import { randomBytes } from "node:crypto";
import { WebTransportTransport } from "@moqscope/lite";
import type { ListenAddress } from "@moqscope/telemetry/options";
import { closeCodeOf } from "../entrance/refusal.ts";
import type { Certificate } from "../net/certificate.ts";
import type { Backend, BackendListener, BackendOptions, BackendRequest } from "./backend.ts";
import { chooseProtocol } from "./choose-protocol.ts";
import {
  type FailsAnswer,
  type FailsRequest,
  type FailsServer,
  type FailsServerConstructor,
  type FailsSession,
  loadFails,
} from "./fails-module.ts";
import { Mailbox } from "./mailbox.ts";

/** `@fails-components/webtransport` on HTTP/3; or one line that says why it cannot be had. */
export async function failsBackend(): Promise<Backend | { readonly reason: string }> {
  const loaded = await loadFails();
  return "reason" in loaded ? loaded : failsBackendOf(loaded.Http3Server);
}
/** The same on a given server of the package. */
export function failsBackendOf(Server: FailsServerConstructor): Backend {
  return {
    name: "fails",
    asksClients: false,
    async listen(options) {
      const listener = new FailsListener(Server, options);
      await listener.start();
      return listener;
    },
  };
}

/** Every session comes by this one path of the package's; the URL is in what was written down when it was asked for. */
const path = "/";
/** Streams of a kind that a peer may have open, as on the other stack. */
const streams = 10_000;

interface Asked {
  readonly target: string | undefined;
  readonly origin: string | undefined;
  readonly protocols: readonly string[];
  readonly protocol: string;
}

class FailsListener implements BackendListener {
  readonly requests = new Mailbox<BackendRequest>();
  readonly #Server: FailsServerConstructor;
  readonly #options: BackendOptions;
  #addresses: readonly ListenAddress[];
  #servers: readonly FailsServer[] = [];
  #closed = false;
  constructor(Server: FailsServerConstructor, options: BackendOptions) {
    this.#Server = Server;
    this.#options = options;
    this.#addresses = options.listen;
  }
  get addresses(): readonly ListenAddress[] {
    return this.#addresses;
  }
  async start(certificate = this.#options.certificate): Promise<void> {
    const servers = this.#addresses.map(({ host, port }) => this.#serve(host, port, certificate));
    this.#servers = servers;
    try {
      await Promise.all(servers.map((server) => server.ready));
    } catch (error) {
      for (const server of servers) server.stopServer();
      throw error;
    }
    this.#addresses = servers.map((server, index) => server.address() ?? this.#addresses[index] ?? { host: "", port: 0 });
  }
  /** The stack cannot change the certificate of a server: it is made anew, and sessions on it end and come again. */
  setCertificate(certificate: Certificate): void {
    for (const server of this.#servers) server.stopServer();
    if (!this.#closed) this.start(certificate).catch((error: unknown) => this.requests.fail(error));
  }
  close(): Promise<void> {
    this.#closed = true;
    for (const server of this.#servers) server.stopServer();
    this.requests.end();
    return Promise.resolve();
  }
  #serve(host: string, port: number, { cert, key }: Certificate): FailsServer {
    const secret = randomBytes(16).toString("hex");
    const counts = { initialBidirectionalStreams: streams, initialUnidirectionalStreams: streams };
    const server = new this.#Server({ host, port, cert, privKey: key, secret, ...counts });
    server.setRequestCallback((request) => Promise.resolve(answer(request)));
    const sessions = server.sessionStream(path);
    server.startServer();
    void this.#take(sessions); // Ends with the server; never rejects.
    return server;
  }
  async #take(sessions: ReadableStream<FailsSession>): Promise<void> {
    const reader = sessions.getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) this.requests.put(this.#request(next.value));
    } catch {
      // The server was stopped while it was read.
    }
  }
  #request(session: FailsSession): BackendRequest {
    const { target, origin, protocols, protocol } = session.userData as Asked;
    return {
      kind: "webtransport",
      target,
      origin,
      remote: remoteOf(session.peerAddress),
      protocols,
      // The protocol was answered with the request: the same that the door chooses.
      accept: async () => {
        await session.ready;
        return new WebTransportTransport(session, { protocol, clock: this.#options.clock });
      },
      refuse: (status) => session.close({ closeCode: closeCodeOf(status), reason: "" }),
    };
  }
}

/** The stack has no answer but this one: it tells the peer's address only with the session. */
function answer({ header }: FailsRequest): FailsAnswer {
  const offered = header["wt-available-protocols"];
  const protocols = Array.isArray(offered) ? offered.map(String) : [];
  const target = typeof header[":path"] === "string" ? header[":path"] : undefined;
  const origin = typeof header["origin"] === "string" ? header["origin"] : undefined;
  const protocol = chooseProtocol(protocols) ?? "";
  const userData: Asked = { target, origin, protocols, protocol };
  return { status: 200, path, userData, ...(protocol === "" ? {} : { selectedProtocol: protocol }) };
}

function remoteOf(text: string): ListenAddress {
  const cut = text.lastIndexOf(":");
  return { host: text.slice(0, cut).replace(/^\[|\]$/g, ""), port: Number(text.slice(cut + 1)) || 0 };
}
