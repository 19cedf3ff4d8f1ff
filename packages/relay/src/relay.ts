import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CachePool, type Clock, Origin, randomHopId, systemClock, type Transport, toPath } from "@moqscope/lite";
import { acceptWebSocket, type NodeWebSocket } from "@moqscope/lite/node";
import { silentRecorder } from "@moqscope/telemetry";
import { type ListenAddress } from "@moqscope/telemetry/options";
import { Cluster } from "./cluster/cluster.ts";
import { Access } from "./entrance/access.ts";
import { Gate } from "./entrance/gate.ts";
import { Origins } from "./entrance/origins.ts";
import { RelayError, RelayErrorCode } from "./error.ts";
import { adminServer } from "./http/admin.ts";
import { GroupFetch } from "./http/group-fetch.ts";
import { publicEndpoints } from "./http/public.ts";
import { Upgrader } from "./http/upgrade.ts";
import { defaultRelayLimits, type RelayLimits } from "./limits.ts";
import { type MemoryGuard, Shedding } from "./memory/memory-guard.ts";
import { shedLoad } from "./memory/shed-load.ts";
import { closeCode } from "./metrics/classify.ts";
import { frontFailed } from "./metrics/front-failures.ts";
import { RelayInstruments } from "./metrics/instruments.ts";
import { startSampler } from "./metrics/sampler.ts";
import { followStreams } from "./metrics/streams.ts";
import type { TlsOptions } from "./net/certificate.ts";
import type { CertificateKeeper } from "./net/certificate-keeper.ts";
import { TrustedProxies } from "./net/client-address.ts";
import { Front } from "./net/front.ts";
import { keepCertificate } from "./net/keep-certificate.ts";
import { anyHost, baseUrl, listen } from "./net/listen.ts";
import {
  type DrainOptions,
  defaultBroadcastLimit,
  defaultPingIntervalMs,
  defaultPingTimeoutMs,
  type RelayChanges,
  type RelayOptions,
} from "./options.ts";
import { Sessions } from "./session/sessions.ts";
import { type CacheReport, cacheReport, trackReports } from "./session/track-report.ts";
import { ForeignStats } from "./stats/foreign-stats.ts";
import { TcpInfo } from "./tcp/tcp-info.ts";
import { Door } from "./webtransport/door.ts";
import { type WebTransportState, WebTransports } from "./webtransport/web-transports.ts";

/** A relay that runs. */
export interface Relay {
  /** Base of the public listener, such as `http://localhost:4443`; clients take it as it is, whatever the transport. */
  readonly url: string;
  /** Base of the admin listener; absent when there is none. */
  readonly adminUrl: string | undefined;
  /** Where processes beside this one reach it alone; absent without `beside`. */
  readonly insideUrl: string | undefined;
  /** Hex SHA-256 of the certificate served now; absent without TLS. */
  readonly certificateSha256: string | undefined;
  /** Whether WebTransport and raw QUIC are served, or why not. */
  readonly webTransport: WebTransportState;
  /** The relays that this one is linked with. */
  readonly cluster: Pick<Cluster, "setPeers" | "reload" | "reports">;
  /** The table of broadcasts: what is published here is served to every session. */
  readonly origin: Origin;
  /** Settles when everything has ended. */
  readonly closed: Promise<void>;
  /** Looks again for a QUIC stack where none was found, and listens with it; says how it stands then. */
  addWebTransport(): Promise<WebTransportState>;
  /**
   * Serves another certificate, on TCP and UDP, to those who connect from now on; sessions stay.
   * @throws RelayError `certificate_invalid` saying what does not fit; the old one is served on then.
   */
  setCertificate(tls: TlsOptions): Promise<void>;
  /** Takes changes over for those who come from now on; sessions stay. */
  reconfigure(changes: RelayChanges): void;
  /** Takes no more sessions, is not ready any more, asks every session to go elsewhere (GOAWAY), waits for them, and closes. */
  drain(options: DrainOptions): Promise<void>;
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
 * @throws RelayError `port_taken`, `listen_failed`, `certificate_invalid` or `webtransport_unavailable`; nothing is left listening then.
 */
export async function createRelay(options: RelayOptions = {}): Promise<Relay> {
  const relay = new RunningRelay(options);
  try {
    await relay.start();
  } catch (error) {
    await relay.close();
    throw error;
  }
  return relay;
}

class RunningRelay implements Relay {
  readonly origin: Origin;
  readonly closed: Promise<void>;
  readonly #options: RelayOptions;
  readonly #clock: Clock;
  /** Whoever has it reads it anew each time: `reconfigure` writes here. */
  readonly #limits: { -readonly [Name in keyof RelayLimits]: RelayLimits[Name] };
  readonly #instruments: RelayInstruments;
  readonly #sessions = new Sessions();
  readonly cluster: Cluster;
  readonly #access: Access;
  readonly #origins: Origins;
  readonly #proxies: TrustedProxies;
  readonly #gate: Gate;
  readonly #tellClosed: () => void;
  /** In the order in which they are undone. */
  readonly #stops: (() => void)[] = [];
  readonly #memory: MemoryGuard;
  #tcp: TcpInfo | undefined;
  #keeper: CertificateKeeper | undefined;
  #front: Front | undefined;
  #admin: Server | undefined;
  #webTransports: WebTransports | undefined;
  #bound: AddressInfo | undefined;
  #adminUrl: string | undefined;
  #insideUrl: string | undefined;
  #closing: Promise<void> | undefined;
  #isDraining = false;

  constructor(options: RelayOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#tellClosed = resolve;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = { ...defaultRelayLimits, ...options.limits };
    const pool = new CachePool(this.#limits.cacheBytes);
    const { cacheTrackBytes: trackBytes, cacheDurationMs: maxAgeMs } = this.#limits;
    this.origin = new Origin(randomHopId(), { clock: this.#clock, cache: { pool, trackBytes, maxAgeMs } });
    this.#instruments = new RelayInstruments({
      recorder: options.recorder ?? silentRecorder,
      clock: this.#clock,
      broadcastLimit: options.broadcastLimit ?? defaultBroadcastLimit,
      ...(options.traceRatio === undefined ? {} : { traceRatio: options.traceRatio }),
    });
    this.#memory = shedLoad({
      clock: this.#clock,
      limits: this.#limits,
      pool,
      instruments: this.#instruments,
      usedBytes: options.usedMemory,
    });
    this.#access = new Access(options.auth, this.#instruments, options.beside?.secret);
    this.#origins = new Origins(options.allowOrigins);
    this.#proxies = new TrustedProxies(options.trustedProxies ?? []);
    this.cluster = new Cluster(options.cluster ?? {}, {
      origin: this.origin,
      sessions: this.#sessions,
      instruments: this.#instruments,
      hidden: options.foreignStats ? [toPath(options.foreignStats.prefix)] : [],
      node: options.node,
      quic: options.webTransport !== "off",
      lingerMs: this.#limits.lingerMs,
    });
    this.#gate = new Gate({
      origin: this.origin,
      access: this.#access,
      origins: this.#origins,
      cluster: this.cluster,
      sessions: this.#sessions,
      instruments: this.#instruments,
      clock: this.#clock,
      limits: this.#limits,
      shedding: () => this.#memory.level,
      ...(options.sessionLimits ? { sessionLimits: options.sessionLimits } : {}),
    });
  }
  get url(): string {
    return this.#bound ? baseUrl(this.#bound) : "";
  }
  get adminUrl(): string | undefined {
    return this.#adminUrl;
  }
  get insideUrl(): string | undefined {
    return this.#insideUrl;
  }
  get certificateSha256(): string | undefined {
    return this.#keeper?.current.sha256;
  }
  get webTransport(): WebTransportState {
    return this.#webTransports?.state ?? { kind: "off" };
  }
  async start(): Promise<void> {
    const { tls, adminListen, webTransport = "auto" } = this.#options;
    const instruments = this.#instruments;
    this.#keeper = tls && (await keepCertificate(tls, { instruments: this.#instruments, clock: this.#clock }));
    const front = this.#createFront();
    this.#front = front;
    this.#keeper?.serve((certificate) => front.renew(certificate));
    this.#webTransports = new WebTransports({
      choice: webTransport,
      keeper: this.#keeper,
      door: new Door({ gate: this.#gate, instruments, limits: this.#limits }),
      instruments,
      clock: this.#clock,
      idleTimeoutMs: this.#options.pingTimeoutMs ?? defaultPingTimeoutMs,
      keepAliveMs: this.#options.pingIntervalMs ?? defaultPingIntervalMs,
    });
    this.#measure(this.#webTransports);
    if (adminListen !== false) {
      this.#admin = this.#createAdmin();
      this.#adminUrl = baseUrl(await listen(this.#admin, adminListen ?? defaultAdminListen, "admin"));
    }
    const { beside } = this.#options;
    if (beside) this.#insideUrl = baseUrl(await listen(front.inside, beside.listen, "inside")).replace("http:", "ws:");
    this.#bound = await listen(front.server, this.#options.listen ?? defaultListen, "public");
    if (this.#options.tcpInfo ?? process.platform === "linux") this.#followTcp(this.#bound.port);
    await this.#webTransports.start(tcpAddress(this.#bound));
    await this.cluster.start();
  }
  async addWebTransport(): Promise<WebTransportState> {
    if (!this.#webTransports || !this.#bound || this.#closing) return this.webTransport;
    return this.#webTransports.add(tcpAddress(this.#bound));
  }
  async setCertificate(tls: TlsOptions): Promise<void> {
    if (!this.#keeper) throw new RelayError(RelayErrorCode.certificateInvalid, "this relay was started without TLS");
    await this.#keeper.replace(tls);
  }
  reconfigure({ limits, auth, allowOrigins, trustedProxies }: RelayChanges): void {
    Object.assign(this.#limits, limits);
    if (auth !== undefined) this.#access.replace(auth || undefined);
    if (trustedProxies !== undefined) this.#proxies.replace(trustedProxies);
    if (allowOrigins !== undefined) this.#origins.replace(allowOrigins || undefined);
  }
  async drain({ goawayUri, timeoutMs }: DrainOptions): Promise<void> {
    this.#isDraining = true;
    this.#gate.shut();
    const late = Promise.withResolvers<void>();
    const cancel = this.#clock.after(timeoutMs, () => late.resolve());
    await Promise.race([this.#sessions.goaway(goawayUri), late.promise, this.closed]);
    cancel();
    await this.close();
  }
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
  async #close(): Promise<void> {
    this.#gate.shut();
    await this.cluster.close();
    await this.#sessions.close(closeCode.clean, "the relay closes");
    await Promise.all([this.#front?.close(closeGraceMs), this.#webTransports?.close(closeCode.clean, "the relay closes")]);
    const admin = this.#admin;
    admin?.closeAllConnections();
    await new Promise<void>((resolve) => (admin ? admin.close(() => resolve()) : resolve()));
    this.#keeper?.stop();
    for (const stop of this.#stops) stop();
    this.#tellClosed();
  }

  #measure(webTransports: WebTransports): void {
    const instruments = this.#instruments;
    const streams = followStreams(this.origin, instruments);
    const { foreignStats, broadcastLimit = defaultBroadcastLimit } = this.#options;
    if (foreignStats) {
      const { recorder } = instruments;
      const stats = new ForeignStats({ ...foreignStats, origin: this.origin, clock: this.#clock, recorder, broadcastLimit });
      this.#stops.push(() => stats.close());
    }
    const stopSampler = startSampler({
      instruments,
      clock: this.#clock,
      sessions: this.#sessions,
      cachedBytes: () => this.origin.cachedBytes,
      certificate: () => this.#keeper?.current,
    });
    const stopFlushing = instruments.recorder.onCollect(() => webTransports.flush());
    this.#memory.start();
    this.#stops.push(
      () => this.#memory.stop(),
      stopSampler,
      stopFlushing,
      () => streams.detach(),
      () => instruments.close(),
    );
  }
  #createFront(): Front {
    const http = createServer(
      { maxHeaderSize: this.#limits.maxHeaderBytes },
      publicEndpoints({
        origin: this.origin,
        access: this.#access,
        origins: this.#origins,
        fetch: this.#createFetch(),
        sha256: () => this.#pinned(),
      }),
    );
    const upgrader = new Upgrader({
      gate: this.#gate,
      clientOf: (request) => this.#clientOf(request),
      accept: (...upgraded) => this.#accept(...upgraded),
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
      proxies: this.#proxies,
      proxyProtocol: this.#options.proxyProtocol ?? false,
      onFailure: (failure) => frontFailed(this.#instruments, failure),
      ...(this.#keeper ? { certificate: this.#keeper.current } : {}),
    });
  }
  #createFetch(): GroupFetch {
    return new GroupFetch({
      origin: this.origin,
      access: this.#access,
      instruments: this.#instruments,
      clock: this.#clock,
      admit: (request) => {
        const release = this.#gate.admit(this.#clientOf(request).host);
        // Its own deadlines hold from here on.
        if (release) this.#front?.settle(request.socket);
        return release;
      },
    });
  }
  #followTcp(localPort: number): void {
    const { link, recorder } = this.#instruments;
    const tcp = new TcpInfo({
      clock: this.#clock,
      localPort,
      onUnavailable: (reason) => recorder.event("info", "moq.tcp_info.unavailable", { reason }),
    });
    link.expect("websocket", "tcp_info");
    this.#tcp = tcp;
    this.#stops.push(() => tcp.stop());
  }
  #accept(socket: NodeWebSocket, protocol: string, request: IncomingMessage): Transport {
    const { remoteAddress, remotePort } = request.socket;
    this.#front?.settle(request.socket);
    const tcp = this.#tcp?.follow(remoteAddress ?? "", remotePort ?? 0);
    if (tcp) request.socket.once("close", () => tcp.end());
    return acceptWebSocket(socket, {
      protocol,
      connection: request.socket,
      clock: this.#clock,
      limits: this.#gate.sessionLimits,
      pingIntervalMs: this.#options.pingIntervalMs ?? defaultPingIntervalMs,
      pingTimeoutMs: this.#options.pingTimeoutMs ?? defaultPingTimeoutMs,
      ...(tcp ? { kernel: () => tcp.stats() } : {}),
    });
  }
  /** Where a request comes from; whoever claims another place without being trusted is counted, and not believed. */
  #clientOf({ socket, headers }: IncomingMessage): ListenAddress {
    const { remoteAddress: host = "unknown", remotePort: port = 0 } = socket;
    const peer = this.#front?.peerOf(socket) ?? { host, port };
    if (this.#proxies.isSpoof(peer, headers)) this.#instruments.error("unauthorized", "accept");
    return this.#proxies.clientOf(peer, headers);
  }
  /** Clients take a hash for the promise of WebTransport, and its absence for the advice not to wait for it. */
  #pinned(): string | undefined {
    return this.webTransport.kind === "listening" || this.#options.beside?.hasWebTransport ? this.certificateSha256 : undefined;
  }
  #createAdmin(): Server {
    const { metricsText, node, region, describeConfig } = this.#options;
    return adminServer({
      metricsText,
      node,
      region,
      ready: () => {
        if (this.#bound === undefined || this.#closing) return "not ready";
        if (this.#isDraining) return "draining";
        return this.#memory.level === Shedding.none ? undefined : "overloaded";
      },
      sessions: () => this.#sessions.reports(),
      tracks: () => trackReports(this.origin),
      cache: () => cacheReport(this.origin, cacheLimits(this.#limits)),
      config: describeConfig,
      nodes: () => this.cluster.reports(),
      addWebTransport: () => this.addWebTransport(),
    });
  }
}

function cacheLimits({ cacheBytes: bytes, cacheTrackBytes: bytesPerTrack, cacheDurationMs: maxAgeMs }: RelayLimits): CacheReport["limits"] {
  return { bytes, bytesPerTrack, maxAgeMs };
}
function tcpAddress({ address, port }: AddressInfo): ListenAddress {
  return { host: address, port };
}
