import { X509Certificate } from "node:crypto";
import { supportedProtocols } from "@moqscope/lite";
import { quicTransport } from "@moqscope/lite/node";
import type { QuicRequest, QuicServer, QuicServerCertificate } from "@moqscope/quic";
import type { ListenAddress } from "@moqscope/telemetry/options";
import { clientCertificate } from "../entrance/client-certificate.ts";
import type { Certificate } from "../net/certificate.ts";
import type { Backend, BackendListener, BackendRequest } from "./backend.ts";
import { loadQuic } from "./load-quic.ts";

/** `@moqscope/quic`; or one line that says why it cannot be had. */
export async function quicBackend(): Promise<Backend | { readonly reason: string }> {
  const quic = await loadQuic();
  if ("reason" in quic) return quic;
  return {
    name: "quic",
    asksClients: true,
    async listen({ listen, certificate, idleTimeoutMs, keepAliveMs }) {
      const options = { listen, tls: pem(certificate), alpn: supportedProtocols, idleTimeoutMs, keepAliveMs };
      return new QuicListener(await quic.listenQuic(options));
    },
  };
}

class QuicListener implements BackendListener {
  readonly requests: AsyncIterable<BackendRequest>;
  readonly #server: QuicServer;
  constructor(server: QuicServer) {
    this.#server = server;
    this.requests = map(server.requests);
  }
  get addresses(): readonly ListenAddress[] {
    return this.#server.addresses;
  }
  handshakesFailed(): number {
    return this.#server.stats().handshakesFailed;
  }
  setCertificate(certificate: Certificate): void {
    this.#server.setCertificate(pem(certificate));
  }
  close(code: number, reason: string): Promise<void> {
    return this.#server.close(code, reason);
  }
}

async function* map(requests: AsyncIterable<QuicRequest>): AsyncGenerator<BackendRequest, void> {
  for await (const request of requests) {
    yield {
      kind: request.kind,
      target: request.kind === "quic" ? undefined : targetOf(request.url),
      origin: request.origin,
      remote: request.remote,
      ...(request.certificate ? { certificate: clientCertificate(new X509Certificate(request.certificate)) } : {}),
      protocols: request.protocols,
      accept: async (protocol) => quicTransport(await request.accept(protocol === "" ? {} : { protocol })),
      refuse: (status) => request.reject(status),
    };
  }
}

/** Path and query as the client gave them: `URL` would mend what has to be refused. */
function targetOf(url: string): string {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  return slash < 0 ? "/" : url.slice(slash);
}
function pem({ cert, key, clientCa }: Certificate): QuicServerCertificate {
  return { certificate: cert, key, ...(clientCa === undefined ? {} : { clientRoots: clientCa }) };
}
