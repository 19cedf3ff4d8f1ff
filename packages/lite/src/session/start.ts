import { systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { Broadcast } from "../model/broadcast.ts";
import { randomHopId } from "../model/origin.ts";
import type { Path } from "../model/path.ts";
import { TokenBucket } from "../token-bucket.ts";
import { type BidiStream, ControlPriority, type ReceiveStream, type Transport, type TransportClosed } from "../transport/transport.ts";
import { WireCode, wireCodeOf } from "../wire/code.ts";
import { decodeDatagram } from "../wire/datagram.ts";
import { GroupHeader } from "../wire/group.ts";
import { BidiType, UniType } from "../wire/stream-type.ts";
import { hasDatagrams, hasFetch, hasGoaway, hasProbe, hasSetupStream, hasTrackInfo, Version } from "../wire/version.ts";
import { readAnnouncements } from "./announce-reader.ts";
import { serveAnnounce } from "./announce-server.ts";
import type { Context } from "./context.ts";
import { abandon, isMalformed, isRoutine, toLiteError } from "./errors.ts";
import { readGoaway, sendGoaway } from "./goaway.ts";
import { Handshake } from "./handshake.ts";
import { sessionLimits } from "./limits.ts";
import { Liveness } from "./liveness.ts";
import { type SessionRefusal, silentMeter } from "./meter.ts";
import { readProbe } from "./probe-client.ts";
import { serveProbe } from "./probe-server.ts";
import { RemoteBroadcast, type StartSubscription } from "./remote-broadcast.ts";
import { RequestServer, serveRequest } from "./request-server.ts";
import type { Announcement, LinkEstimate, Session, SessionOptions } from "./session.ts";
import { StreamReader } from "./stream-reader.ts";
import { Subscription } from "./subscription.ts";

/**
 * Starts a session on a transport and returns at once: SETUP is sent, the peer's is awaited by `ready`.
 * @throws LiteError `version_mismatch` if the transport negotiated a protocol that is not spoken here.
 */
export function startSession(transport: Transport, options: SessionOptions): Session {
  const session = new LiteSession(transport, options);
  session.start();
  return session;
}

class LiteSession implements Session {
  readonly transport: Transport;
  readonly ready: Promise<void>;
  readonly #handshake: Handshake;
  readonly #context: Context;
  readonly #options: SessionOptions;
  readonly #requests: RequestServer;
  readonly #broadcasts = new Map<Path, RemoteBroadcast>();
  readonly #subscriptions = new Map<bigint, Subscription>();
  #nextId = 0n;
  #link: LinkEstimate = {};
  #ready = false;
  /** We ended it, and whoever had to know was told. */
  #closing = false;
  readonly #requestRate: TokenBucket;
  readonly #groupRate: TokenBucket;
  #openRequests = 0;
  #openAnnounces = 0;

  constructor(transport: Transport, options: SessionOptions) {
    const { clock = systemClock, role, traceparent, path, node } = options;
    const limits = sessionLimits(options.limits);
    const hop = options.publish?.id ?? randomHopId();
    const fail = (error: LiteError): void => this.#fail(error);
    const handshake = new Handshake({ transport, role, clock, setupMs: limits.setupMs, hop, traceparent, path, node, fail });
    this.transport = transport;
    this.#options = options;
    this.#handshake = handshake;
    this.#context = {
      transport,
      get version() {
        return handshake.version ?? Version.lite02;
      },
      negotiated: handshake.negotiated,
      clock,
      limits,
      meter: options.meter ?? silentMeter,
      hop,
      peerHop: randomHopId(),
      peer: { id: undefined },
      publish: options.publish,
      fail,
    };
    this.#requests = new RequestServer(this.#context);
    this.#requestRate = new TokenBucket(clock, limits.requestsPerSecond);
    this.#groupRate = new TokenBucket(clock, limits.groupsPerSecond);
    this.ready = this.#settled();
    this.ready.catch(() => {}); // `closed` tells the same to whoever did not ask.
  }
  get version(): string {
    return this.#handshake.versionName;
  }
  get link(): LinkEstimate {
    return this.#link;
  }
  get closed(): Promise<TransportClosed> {
    return this.transport.closed;
  }
  start(): void {
    const { signal } = this.#options;
    this.#handshake.start();
    if (this.#options.watchesSilence) new Liveness(this.#context, { subscribed: () => this.#subscribed() }).start();
    void this.#acceptUni(); // Ends with the transport; each stream's failure is its own.
    void this.#acceptBidi(); // The same.
    void this.#acceptDatagrams(); // The same, for each datagram.
    void this.transport.closed.then((closed) => this.#ended(closed)); // Never rejects.
    const leave = (): void => this.close(WireCode.cancel, "cancelled");
    if (signal?.aborted) leave();
    signal?.addEventListener("abort", leave, { once: true });
    void this.transport.closed.then(() => signal?.removeEventListener("abort", leave)); // Never rejects.
  }
  announced(prefix: Path = "" as Path, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<Announcement> {
    return readAnnouncements(this.#context, { prefix, signal: options.signal, gone: (path) => this.#broadcasts.get(path)?.renew() });
  }
  broadcast(path: Path): Broadcast {
    const known = this.#broadcasts.get(path);
    if (known) return known;
    const broadcast = new RemoteBroadcast(this.#context, path, { subscribe: this.#subscribe, unused: () => this.#dropIfIdle(path) });
    this.#broadcasts.set(path, broadcast);
    return broadcast;
  }
  goaway(uri = ""): void {
    void sendGoaway(this.#context, uri); // Fails only with the session, which `closed` tells.
  }
  close(code: number = WireCode.cancel, reason = ""): void {
    this.#closing = true;
    this.transport.close(code, reason);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }
  readonly #subscribe: StartSubscription = (options) => {
    const id = this.#nextId++;
    const over = (): void => {
      this.#subscriptions.delete(id);
      options.over();
    };
    const subscription = new Subscription(this.#context, { ...options, id, over });
    this.#subscriptions.set(id, subscription);
    void subscription.run(); // Never rejects: it ends its track instead.
    return subscription;
  };
  #subscribed(): Path | undefined {
    for (const { path } of this.#subscriptions.values()) return path;
    return undefined;
  }
  #dropIfIdle(path: Path): void {
    if (this.#broadcasts.get(path)?.idle) this.#broadcasts.delete(path);
  }
  async #settled(): Promise<void> {
    const setup = await this.#handshake.ready;
    this.#context.peer.id = setup.origin || this.#context.peer.id; // 0 is nobody.
    this.#ready = true;
    const { onSetup, admit } = this.#options;
    onSetup?.(setup);
    if (admit) await admit(setup);
    if (this.#options.probe)
      void readProbe(this.#context, setup, (link) => {
        this.#link = link;
      }); // Never rejects.
  }
  async #acceptUni(): Promise<void> {
    for await (const stream of this.transport.incomingUni) void this.#uni(stream); // Handles its own failure.
  }
  async #acceptBidi(): Promise<void> {
    for await (const stream of this.transport.incomingBidi) void this.#bidi(stream); // Handles its own failure.
  }
  /** Where there are none, or the version has none, nothing is read: the transport drops the oldest. */
  async #acceptDatagrams(): Promise<void> {
    const { datagrams } = this.transport;
    if (!datagrams || !(await this.#mayRead()) || !hasDatagrams(this.#context.version)) return;
    for await (const bytes of datagrams.incoming) this.#datagram(bytes);
  }
  /** One that cannot be read is lost and told; one of an unknown subscription is nobody's (moq-lite §9.6). */
  #datagram(bytes: Uint8Array): void {
    try {
      const datagram = decodeDatagram(bytes);
      this.#subscriptions.get(datagram.subscribe)?.datagram(datagram);
    } catch (cause) {
      this.#context.meter.error(toLiteError(cause), "media");
    }
  }
  async #uni(stream: ReceiveStream): Promise<void> {
    const reader = new StreamReader(stream);
    try {
      const type = await reader.varint();
      if (!this.#handshake.version) await this.#handshake.negotiated;
      if (type === UniType.group) await this.#group(reader);
      else if (type === UniType.setup && hasSetupStream(this.#context.version)) await this.#handshake.receive(reader);
      else stream.stop(WireCode.unexpectedStream);
    } catch (cause) {
      const error = toLiteError(cause);
      stream.stop(wireCodeOf(error));
      if (isMalformed(error)) this.#fail(error);
    }
  }
  async #group(reader: StreamReader): Promise<void> {
    const { subscribe, sequence } = await reader.expect(GroupHeader);
    if (!this.#groupRate.take(this.#context.limits.groupsPerSecond)) {
      this.#context.meter.refused("group_rate");
      return reader.stop(WireCode.boundsExceeded);
    }
    const subscription = this.#subscriptions.get(subscribe);
    if (subscription) await subscription.receive(sequence, reader);
    else reader.stop(WireCode.cancel);
  }
  async #bidi(stream: BidiStream): Promise<void> {
    stream.send.priority = ControlPriority;
    const reader = new StreamReader(stream.receive);
    let type: number | undefined;
    try {
      type = await reader.varint();
    } catch {
      // A stream reset before its type arrived asked for nothing (moq-lite §5).
    }
    if (type === undefined) return abandon(stream, new LiteError(LiteErrorCode.cancelled, "stream without a type"));
    if (type === BidiType.legacySetup)
      return serveRequest(this.#context, stream, () => this.#handshake.serveLegacy(stream, reader), "setup");
    if (!(await this.#mayServe())) return abandon(stream, undefined);
    if (type === BidiType.announce) return this.#announce(stream, reader);
    await this.#request(type, stream, reader);
  }
  /** Waits until requests can be read, and may be answered; `false` when the session ended before. */
  #mayServe(): Promise<boolean> {
    return this.#mayRead(this.#options.servesAfterSetup ? this.ready : undefined);
  }
  /** Waits until the version is known, and for `more`. */
  async #mayRead(more?: Promise<void>): Promise<boolean> {
    try {
      if (!this.#handshake.version) await this.#handshake.negotiated;
      await more;
      return true;
    } catch {
      // The session is over, which `closed` tells.
      return false;
    }
  }
  async #announce(stream: BidiStream, reader: StreamReader): Promise<void> {
    await this.#counted(stream, () => serveAnnounce(this.#context, stream, reader), {
      open: () => {
        this.#openAnnounces++;
        return this.#openAnnounces <= this.#context.limits.peerAnnounceStreams ? this.#inTime() : this.#over("announce_streams");
      },
      close: () => void this.#openAnnounces--,
    });
  }
  async #request(type: number, stream: BidiStream, reader: StreamReader): Promise<void> {
    const serve = this.#handler(type, stream, reader);
    if (!serve)
      return abandon(stream, new LiteError(LiteErrorCode.unsupported, `stream type ${type}`, { wireCode: WireCode.unexpectedStream }));
    let release = (): void => {};
    await this.#counted(stream, serve, {
      open: () => {
        this.#openRequests++;
        const refused = this.#openRequests <= this.#context.limits.peerRequests ? this.#inTime() : this.#over("requests");
        if (refused || !asksForMedia(type)) return refused;
        const admitted = this.#options.admitRequest?.();
        if (admitted instanceof LiteError) return admitted;
        release = admitted ?? release;
        return undefined;
      },
      close: () => {
        this.#openRequests--;
        release();
      },
    });
  }
  #handler(type: number, stream: BidiStream, reader: StreamReader): (() => Promise<void>) | undefined {
    const { version } = this.#context;
    if (type === BidiType.subscribe) return () => this.#requests.subscribe(stream, reader);
    if (type === BidiType.track && hasTrackInfo(version)) return () => this.#requests.track(stream, reader);
    if (type === BidiType.fetch && hasFetch(version)) return () => this.#requests.fetch(stream, reader);
    if (type === BidiType.probe && hasProbe(version)) return () => serveProbe(this.#context, stream, reader);
    if (type === BidiType.goaway && hasGoaway(version)) return () => readGoaway(this.#context, stream, reader, this.#options.onGoaway);
    return undefined;
  }
  async #counted(
    stream: BidiStream,
    serve: () => Promise<void>,
    count: { open: () => LiteError | undefined; close: () => void },
  ): Promise<void> {
    const refused = count.open();
    await serveRequest(this.#context, stream, refused ? () => Promise.reject(refused) : serve);
    count.close();
  }
  #inTime(): LiteError | undefined {
    return this.#requestRate.take(this.#context.limits.requestsPerSecond) ? undefined : this.#over("request_rate");
  }
  #over(reason: SessionRefusal): LiteError {
    this.#context.meter.refused(reason);
    return new LiteError(LiteErrorCode.unsupported, `too many requests: ${reason}`, { wireCode: WireCode.boundsExceeded });
  }
  #fail(error: LiteError): void {
    const stage = this.#ready ? "media" : "setup";
    if (!isRoutine(error)) this.#context.meter.error(error, stage);
    this.#closing = true;
    this.#handshake.end(error);
    const code = isMalformed(error) ? WireCode.protocolViolation : wireCodeOf(error);
    this.transport.close(code, error.message);
  }
  #ended(closed: TransportClosed): void {
    const code = closed.code === WireCode.unauthorized ? LiteErrorCode.unauthorized : LiteErrorCode.transportClosed;
    const error = new LiteError(code, `session closed by ${closed.by}: ${closed.reason || `code ${closed.code}`}`, {
      wireCode: closed.code,
    });
    if (closed.by === "local" && closed.code === WireCode.lagged && !this.#closing)
      this.#context.meter.error(new LiteError(LiteErrorCode.old, closed.reason, { wireCode: closed.code }), "media");
    this.#handshake.end(error);
    for (const subscription of this.#subscriptions.values()) subscription.abort(error);
    for (const broadcast of this.#broadcasts.values()) broadcast.end();
    this.#broadcasts.clear();
  }
}

/** TRACK, SUBSCRIBE and FETCH cost more than the stream that they come on. */
function asksForMedia(type: number): boolean {
  return type === BidiType.subscribe || type === BidiType.track || type === BidiType.fetch;
}
