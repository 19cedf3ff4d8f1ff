import type { Clock, Transport } from "@moqscope/lite";
import type { ListenAddress } from "@moqscope/telemetry/options";
import type { ClientCertificate } from "../entrance/client-certificate.ts";
import type { Certificate } from "../net/certificate.ts";

/** Who speaks QUIC for the relay. */
export type BackendName = "quic" | "fails";

export interface BackendOptions {
  readonly listen: readonly ListenAddress[];
  readonly certificate: Certificate;
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  readonly keepAliveMs: number;
}

/** A QUIC stack that can be listened with; what differs between the stacks ends here. */
export interface Backend {
  readonly name: BackendName;
  /** Whether it can ask clients for a certificate. */
  readonly asksClients: boolean;
  /** Rejects with an Error that says why it cannot listen. */
  listen(options: BackendOptions): Promise<BackendListener>;
}

export interface BackendListener {
  /** In use, with their ports. */
  readonly addresses: readonly ListenAddress[];
  /** One consumer; ends when the listener is closed. */
  readonly requests: AsyncIterable<BackendRequest>;
  /** Handshakes that never became a request, since the start; absent where the stack does not tell. */
  handshakesFailed?(): number;
  /** For connections from now on. Throws an Error saying what does not fit; the old one is served on then. */
  setCertificate(certificate: Certificate): void;
  close(code: number, reason: string): Promise<void>;
}

/** A WebTransport request or a raw QUIC connection, not answered yet. */
export interface BackendRequest {
  readonly kind: "webtransport" | "quic";
  /** Path and query of the URL; absent on raw QUIC, where SETUP tells it. */
  readonly target: string | undefined;
  /** Of the page that asks; absent for whoever is no page. */
  readonly origin: string | undefined;
  readonly remote: ListenAddress;
  /** Verified by TLS; only where the stack can ask for one. */
  readonly certificate?: ClientCertificate;
  /** As the client offers them, the one it likes best first. */
  readonly protocols: readonly string[];
  /** Answers with success; `protocol` is one of those offered, or empty for none. */
  accept(protocol: string): Promise<Transport>;
  /** Answers with an HTTP status; raw QUIC is closed with what stands for it. */
  refuse(status: number): void;
}
