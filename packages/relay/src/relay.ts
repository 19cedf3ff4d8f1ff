import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type Clock, Origin, systemClock } from "@moqscope/lite";
import { acceptWebSocket } from "@moqscope/lite/node";
import { silentRecorder } from "@moqscope/telemetry";
import { formatListen, type ListenAddress } from "@moqscope/telemetry/options";
import { adminServer } from "./http/admin.ts";
import { publicEndpoints } from "./http/public.ts";
import { type Upgraded, type UpgradeRefusal, Upgrader } from "./http/upgrade.ts";
import { defaultRelayLimits, type RelayLimits, relaySessionLimits } from "./limits.ts";
import { closeCode } from "./metrics/classify.ts";
import { RelayInstruments } from "./metrics/instruments.ts";
import { startSampler } from "./metrics/sampler.ts";
import { followStreams } from "./metrics/streams.ts";
import { addressKey } from "./net/address.ts";
import { type Certificate, generatedRenewMs, loadCertificate } from "./net/certificate.ts";
import { Front, type FrontFailure } from "./net/front.ts";
import { anyHost, baseUrl, listen } from "./net/listen.ts";
import { Tally } from "./net/tally.ts";
import { defaultBroadcastLimit, defaultPingIntervalMs, defaultPingTimeoutMs, type RelayOptions } from "./options.ts";
import { RelaySession } from "./session/relay-session.ts";
import { Sessions } from "./session/sessions.ts";
import { TcpInfo } from "./tcp/tcp-info.ts";

/** A relay that runs. */
export interface Relay {
  /** Base of the public listener, such as `http://localhost:4443`; WebSocket clients take it as it is. */
  readonly url: string;
  /** Base of the admin listener; absent when there is none. */
  readonly adminUrl: string | undefined;
  /** Hex SHA-256 of the certificate served now; absent without TLS. */
  readonly certificateSha256: string | undefined;
  /** The table of broadcasts: what is published here is served to every session. */
  readonly origin: Origin;
  /** Settles when everything has ended. */
  readonly closed: Promise<void>;
  /** Ends every session and listener. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const defaultListen: ListenAddress = { host: anyHost, port: 4443 };
const defaultAdminListen: ListenAddress = { host: "127.0.0.1", port: 4444 };
/** For sessions to take their close before their sockets are cut. */
const closeGraceMs = 500;

/**
 * Starts a relay.
 * @throws RelayError `port_taken`, `listen_failed` or `certificate_invalid`; nothing is left listening then.
 */
export async function createRelay(options: RelayOptions = {}): Promise<Relay> {
  const certificate = options.tls && (await loadCertificate(options.tls));
  const relay = new RunningRelay(options, certificate);
  try {
    await relay.start();
  } catch (error) {
    await relay.close();
    throw error;
  }
  return relay;
}

class RunningRelay implements Relay {
  readonly origin = new Origin();
  readonly closed: Promise<void>;
  readonly #options: RelayOptions;
  readonly #clock: Clock;
  readonly #limits: RelayLimits;
  readonly #instruments: RelayInstruments;
  readonly #sessions = new Sessions();
  readonly #places: Tally;
  readonly #front: Front;
  readonly #admin: Server | undefined;
  /** In the order in which they are undone. */
  readonly #stops: (() => void)[] = [];
  readonly #tellClosed: () => void;
  #certificate: Certificate | undefined;
  #tcp: TcpInfo | undefined;
  #url = "";
  #adminUrl: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RelayOptions, certificate: Certificate | undefined) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#tellClosed = resolve;
    this.#options = options;
    this.#certificate = certificate;
    this.#clock = options.clock ?? systemClock;
    this.#limits = { ...defaultRelayLimits, ...options.limits };
    this.#instruments = new RelayInstruments({
      recorder: options.recorder ?? silentRecorder,
      clock: this.#clock,
      broadcastLimit: options.broadcastLimit ?? defaultBroadcastLimit,
    });
    this.#places = new Tally(this.#limits.maxSessions, this.#limits.maxSessionsPerAddress);
    this.#front = this.#createFront();
    this.#admin = options.adminListen === false ? undefined : this.#createAdmin();
  }
  get url(): string {
    return this.#url;
  }
  get adminUrl(): string | undefined {
    return this.#adminUrl;
  }
  get certificateSha256(): string | undefined {
    return this.#certificate?.sha256;
  }
  async start(): Promise<void> {
    const instruments = this.#instruments;
    const streams = followStreams(this.origin, instruments);
    const stopSampler = startSampler({
      instruments,
      clock: this.#clock,
      sessions: this.#sessions,
      certificate: () => this.#certificate,
    });
    this.#stops.push(stopSampler, () => streams.detach());
    this.#renewLater();
    if (this.#admin) this.#adminUrl = baseUrl(await listen(this.#admin, this.#options.adminListen || defaultAdminListen, "admin"));
    this.#url = baseUrl(await listen(this.#front.server, this.#options.listen ?? defaultListen, "public"));
    if (this.#options.tcpInfo ?? process.platform === "linux") this.#followTcp();
  }
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
  async #close(): Promise<void> {
    await this.#sessions.close(closeCode.clean, "the relay closes");
    await this.#front.close(closeGraceMs);
    this.#admin?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#admin ? this.#admin.close(() => resolve()) : resolve()));
    for (const stop of this.#stops) stop();
    this.#tellClosed();
  }

  #createFront(): Front {
    const http = createServer(
      { maxHeaderSize: this.#limits.maxHeaderBytes },
      publicEndpoints({ origin: this.origin, sha256: () => this.#certificate?.sha256 }),
    );
    const upgrader = new Upgrader({
      admit: (request) => (this.#closing ? undefined : this.#places.take(addressKey(request.socket.remoteAddress))),
      onSession: (upgraded, request) => this.#run(upgraded, request),
      onRefused: (refusal) => this.#refused(refusal),
    });
    http.on("upgrade", (request, socket, head) => upgrader.handle(request, socket, head));
    http.on("clientError", (_error, socket) => {
      this.#instruments.error("protocol_violation", "accept");
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      else socket.destroy();
    });
    return new Front({
      http,
      limits: this.#limits,
      clock: this.#clock,
      onFailure: (failure) => this.#frontFailed(failure),
      ...(this.#certificate ? { certificate: this.#certificate } : {}),
    });
  }
  #followTcp(): void {
    const { link, recorder } = this.#instruments;
    const address = this.#front.server.address();
    if (address === null || typeof address === "string") return;
    const tcp = new TcpInfo({
      clock: this.#clock,
      localPort: address.port,
      onUnavailable: (reason) => recorder.event("info", "moq.tcp_info.unavailable", { reason }),
    });
    link.expect("websocket", "tcp_info");
    this.#tcp = tcp;
    this.#stops.push(() => tcp.stop());
  }
  #createAdmin(): Server {
    const { metricsText, node, region } = this.#options;
    return adminServer({
      metricsText,
      node,
      region,
      ready: () => this.#url !== "" && !this.#closing,
      sessions: () => this.#sessions.reports(),
    });
  }
  #run({ socket, protocol, root, traceparent }: Upgraded, request: IncomingMessage): void {
    this.#front.settle(request.socket);
    const limits = {
      ...relaySessionLimits,
      handshakeMs: this.#limits.handshakeTimeoutMs,
      setupMs: this.#limits.handshakeTimeoutMs,
      ...this.#options.sessionLimits,
    };
    const tcp = this.#tcp?.follow(request.socket.remoteAddress ?? "", request.socket.remotePort ?? 0);
    if (tcp) request.socket.once("close", () => tcp.end());
    const transport = acceptWebSocket(socket, {
      protocol,
      clock: this.#clock,
      limits,
      pingIntervalMs: this.#options.pingIntervalMs ?? defaultPingIntervalMs,
      pingTimeoutMs: this.#options.pingTimeoutMs ?? defaultPingTimeoutMs,
      ...(tcp ? { kernel: () => tcp.stats() } : {}),
    });
    this.#sessions.add(
      new RelaySession({
        id: randomUUID(),
        transport,
        origin: this.origin,
        root,
        remote: formatListen({ host: request.socket.remoteAddress ?? "unknown", port: request.socket.remotePort ?? 0 }),
        instruments: this.#instruments,
        clock: this.#clock,
        limits,
        ...(traceparent ? { traceparent } : {}),
      }),
    );
  }
  #refused(refusal: UpgradeRefusal): void {
    const { connections } = this.#instruments.transport("websocket");
    switch (refusal) {
      case "overload":
        connections.overload.add();
        return;
      case "version_mismatch":
        connections.version_mismatch.add();
        this.#instruments.error("version_mismatch", "accept");
        return;
      case "malformed":
        connections.setup_error.add();
        this.#instruments.error("protocol_violation", "accept");
        return;
    }
  }
  /** What ended before its first request: no transport is known of it yet. */
  #frontFailed(failure: FrontFailure): void {
    const { connections } = this.#instruments.transport("unknown");
    switch (failure) {
      case "overload":
        connections.overload.add();
        return;
      case "timeout":
        connections.transport_error.add();
        this.#instruments.error("timeout", "accept");
        return;
      case "tls":
        connections.transport_error.add();
        this.#instruments.error("tls_failed", "accept");
        return;
    }
  }
  /** A generated certificate is replaced while the relay runs: it lives 14 days at most. */
  #renewLater(): void {
    const { tls } = this.#options;
    if (!tls || !("generate" in tls)) return;
    const cancel = this.#clock.after(generatedRenewMs, () => {
      this.#stops.splice(this.#stops.indexOf(cancel), 1);
      void this.#renew(tls);
    });
    this.#stops.push(cancel);
  }
  /** Never rejects: signing needs nothing from outside, and a failure leaves the certificate that is served. */
  async #renew(tls: NonNullable<RelayOptions["tls"]>): Promise<void> {
    try {
      const next = await loadCertificate(tls);
      this.#certificate = next;
      this.#front.renew(next);
    } catch (error) {
      this.#options.recorder?.event("error", "moq.error", {
        stage: "accept",
        message: error instanceof Error ? error.message : String(error),
      });
    }
    if (!this.#closing) this.#renewLater();
  }
}
