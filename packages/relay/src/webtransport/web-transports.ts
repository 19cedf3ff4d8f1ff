import type { Clock } from "@moqscope/lite";
import { formatListen, type ListenAddress } from "@moqscope/telemetry/options";
import { RelayError, RelayErrorCode } from "../error.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import type { Certificate } from "../net/certificate.ts";
import type { CertificateKeeper } from "../net/certificate-keeper.ts";
import { udpAddresses } from "./addresses.ts";
import type { Backend, BackendListener, BackendName } from "./backend.ts";
import type { Door } from "./door.ts";
import { findBackend } from "./find-backend.ts";

/** Which QUIC stack serves WebTransport: the first that is there, exactly this one, or none. */
export type WebTransportChoice = "auto" | BackendName | "off";

/** Whether WebTransport is served, and if not, one line that says why and how to get it. */
export type WebTransportState =
  | { readonly kind: "listening"; readonly backend: BackendName; readonly addresses: readonly ListenAddress[] }
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "off" };

export interface WebTransportsOptions {
  readonly choice: WebTransportChoice;
  /** Absent without TLS: QUIC cannot do without. */
  readonly keeper: CertificateKeeper | undefined;
  readonly door: Door;
  readonly instruments: RelayInstruments;
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Default: what this machine has. */
  readonly find?: typeof findBackend;
}

/** WebTransport and raw QUIC beside the TCP listener: there from the start, added later, or absent with a reason. */
export class WebTransports {
  readonly #options: WebTransportsOptions;
  #state: WebTransportState;
  #listener: BackendListener | undefined;
  #adding: Promise<WebTransportState> | undefined;
  #closed = false;
  #failedBefore = 0;
  constructor(options: WebTransportsOptions) {
    this.#options = options;
    this.#state = options.choice === "off" ? { kind: "off" } : { kind: "absent", reason: "it has not been started" };
  }
  get state(): WebTransportState {
    return this.#state;
  }
  /** @throws RelayError `webtransport_unavailable` when one stack was chosen and it cannot be had. */
  async start(tcp: ListenAddress): Promise<void> {
    const state = await this.add(tcp);
    const { choice } = this.#options;
    if (state.kind === "absent" && choice !== "auto")
      throw new RelayError(RelayErrorCode.webTransportUnavailable, `no WebTransport by ${choice}: ${state.reason}`);
  }
  /** Tries to listen beside the TCP listener, unless it does; says how it stands then. */
  add(tcp: ListenAddress): Promise<WebTransportState> {
    if (this.#state.kind !== "absent" || this.#closed) return Promise.resolve(this.#state);
    this.#adding ??= this.#add(tcp).finally(() => {
      this.#adding = undefined;
    });
    return this.#adding;
  }
  /** Adds the handshakes that failed since the last call to the figures. */
  flush(): void {
    const failed = this.#listener?.handshakesFailed?.() ?? this.#failedBefore;
    const { instruments } = this.#options;
    for (; this.#failedBefore < failed; this.#failedBefore++) {
      instruments.transport("unknown").connections.transport_error.add();
      instruments.error("tls_failed", "accept");
    }
  }
  async close(code: number, reason: string): Promise<void> {
    this.#closed = true;
    await this.#adding;
    this.flush();
    await this.#listener?.close(code, reason);
  }
  async #add(tcp: ListenAddress): Promise<WebTransportState> {
    const before = this.#state;
    this.#state = await this.#listen(tcp);
    if (JSON.stringify(this.#state) !== JSON.stringify(before)) this.#tell(this.#state);
    return this.#state;
  }
  async #listen(tcp: ListenAddress): Promise<WebTransportState> {
    const { choice, keeper, door, instruments } = this.#options;
    if (choice === "off") return { kind: "off" };
    if (!keeper) return { kind: "absent", reason: "it needs a certificate: --tls-cert and --tls-key, or --tls-generate" };
    const backend = await (this.#options.find ?? findBackend)(choice);
    if ("reason" in backend) return { kind: "absent", reason: backend.reason };
    if (keeper.current.clientCa !== undefined && !backend.asksClients)
      return { kind: "absent", reason: `the stack "${backend.name}" cannot ask clients for a certificate, as --tls-client-ca wants` };
    try {
      const listener = await this.#listenOn(backend, udpAddresses(tcp), keeper.current);
      if (this.#closed) await listener.close(0, "the relay closes");
      this.#listener = listener;
      keeper.serve((certificate) => listener.setCertificate(certificate));
      // Their counters begin with 0, so that a rate over what never came is 0 and not nothing.
      for (const label of ["webtransport", "quic"] as const) {
        instruments.transport(label);
        if (backend.name === "quic") instruments.link.expect(label, "quic");
      }
      door.serve(listener).catch((error: unknown) => this.#broken(error));
      return { kind: "listening", backend: backend.name, addresses: listener.addresses };
    } catch (error) {
      return { kind: "absent", reason: error instanceof Error ? error.message : String(error) };
    }
  }
  /** On all the addresses; where the machine has only one family, on the first alone. */
  async #listenOn(
    backend: Backend,
    listen: readonly [ListenAddress, ...ListenAddress[]],
    certificate: Certificate,
  ): Promise<BackendListener> {
    const { clock, idleTimeoutMs, keepAliveMs } = this.#options;
    const rest = { certificate, clock, idleTimeoutMs, keepAliveMs };
    try {
      return await backend.listen({ listen, ...rest });
    } catch (error) {
      if (listen.length === 1) throw error;
      return await backend.listen({ listen: [listen[0]], ...rest });
    }
  }
  /** The stack gives no more requests: nothing that a peer may cause. Its sessions live on, and the next `add` begins anew. */
  #broken(error: unknown): void {
    this.#state = { kind: "absent", reason: error instanceof Error ? error.message : String(error) };
    this.#tell(this.#state);
  }
  #tell(state: WebTransportState): void {
    const { recorder } = this.#options.instruments;
    switch (state.kind) {
      case "listening": {
        const addresses = state.addresses.map(formatListen).join(" and ");
        const message = `WebTransport and QUIC on UDP ${addresses}`;
        return recorder.event("info", "moq.webtransport", { message, state: state.kind, backend: state.backend, addresses });
      }
      case "absent": {
        const message = `No WebTransport, WebSocket only: ${state.reason}`;
        return recorder.event("info", "moq.webtransport", { message, state: state.kind, reason: state.reason });
      }
      case "off":
        return;
    }
  }
}
