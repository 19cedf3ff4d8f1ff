import {
  type Clock,
  type Limits,
  LiteError,
  LiteErrorCode,
  type Origin,
  type Path,
  type PeerSetup,
  type Session,
  type SessionOptions,
  startSession,
  type Transport,
  type TransportClosed,
  type TransportStats,
  toPath,
} from "@moqscope/lite";
import { covers, type Permit } from "@moqscope/token";
import type { Cluster } from "../cluster/cluster.ts";
import type { InboundLink } from "../cluster/inbound-link.ts";
import { linkLimits } from "../cluster/limits.ts";
import { defaultCost } from "../cluster/peer-address.ts";
import { type Access, type Decision, nothing } from "../entrance/access.ts";
import { type ClientCertificate, certifiedPermit } from "../entrance/client-certificate.ts";
import { type Entry, readEntry } from "../entrance/entry.ts";
import { goawayUri } from "../entrance/goaway-uri.ts";
import { closeCodeOf, type Refusal, refusals } from "../entrance/refusal.ts";
import { parseTraceparent } from "../http/traceparent.ts";
import type { TransportCells } from "../metrics/cells.ts";
import { type AuthFailure, closeCode, failedResult, transportLabel } from "../metrics/classify.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import { SessionMetrics } from "../metrics/session-metrics.ts";
import { SessionTrace } from "../tracing/session-trace.ts";
import { afterLong } from "./after-long.ts";
import { IoDelta } from "./io-delta.ts";
import { Publications } from "./publications.ts";
import { linkReport, type SessionReport } from "./report.ts";
import { RootedOrigin } from "./rooted-origin.ts";
import type { RunningSession } from "./sessions.ts";
import { SlowViewer } from "./slow-viewer.ts";

export interface RelaySessionOptions {
  readonly id: string;
  readonly transport: Transport;
  readonly origin: Origin;
  /** What the connect URL said; absent where the transport has none (raw QUIC) and SETUP tells it. */
  readonly entry: Entry | undefined;
  /** What the session may do, decided by its connect URL; absent where SETUP has it. */
  readonly permit: Permit | undefined;
  /** What the client showed. */
  readonly certificate?: ClientCertificate | undefined;
  readonly access: Access;
  readonly cluster: Cluster;
  readonly remote: string;
  readonly instruments: RelayInstruments;
  readonly clock: Clock;
  readonly limits: Partial<Limits>;
  /** How long its paths stay announced when it is lost, milliseconds. */
  readonly lingerMs: number;
  /** How long a viewer may lose groups by its slowness, milliseconds; 0 for ever. */
  readonly slowViewerMs: number;
  /** Takes a place for a request of the peer: what gives it back, or the error to refuse it with. */
  readonly admitRequest: () => (() => void) | LiteError;
}

/** One session from its accepted transport to its end. `run` never rejects, and when it resolves nothing of the session is left. */
export class RelaySession implements RunningSession {
  readonly id: string;
  readonly #options: RelaySessionOptions;
  readonly #cells: TransportCells;
  readonly #metrics: SessionMetrics;
  readonly #io: IoDelta;
  readonly #acceptedMs: number;
  readonly #trace: SessionTrace;
  #permit: Permit;
  #session: Session | undefined;
  #publications: Publications | undefined;
  #since: Date | undefined;
  /** Where the peer is a relay. */
  #link: InboundLink | undefined;
  #hop: bigint | undefined;
  #cancelExpiry = (): void => {};
  /** What the connect URL said, or SETUP in its stead. */
  #entry: Entry | undefined;
  #isAskedToGo = false;

  constructor(options: RelaySessionOptions) {
    const { instruments, transport } = options;
    this.id = options.id;
    this.#options = options;
    this.#cells = instruments.transport(transportLabel(transport.kind));
    this.#permit = options.permit ?? nothing;
    const root = (): Path => this.#root;
    this.#trace = new SessionTrace({
      instruments,
      role: "server",
      id: this.id,
      began: { "moq.connection.id": this.id, "moq.transport": this.label, "moq.framing": transport.framing },
      root,
    });
    const slow = new SlowViewer({ clock: options.clock, afterMs: options.slowViewerMs, onTooLong: () => this.#cutSlow() });
    this.#metrics = new SessionMetrics({
      instruments,
      transport: this.#cells,
      trace: this.#trace,
      root,
      id: this.id,
      onLoss: (reason) => slow.dropped(reason),
    });
    this.#entry = options.entry;
    this.#io = new IoDelta(transport, this.#cells, instruments.link);
    this.#acceptedMs = options.clock.now();
  }
  get #root(): Path {
    return toPath(this.#permit.root);
  }
  get transport(): Transport {
    return this.#options.transport;
  }
  get label(): TransportCells["label"] {
    return this.#cells.label;
  }
  /** Adds what went over the network since the last call; gives what the transport said. */
  flush(): TransportStats {
    return this.#io.flush();
  }
  /** Records what the link to the peer is like. */
  sample(): void {
    this.#io.sample();
  }
  /** `undefined` until the session is set up. */
  report(): SessionReport | undefined {
    if (!this.#since || !this.#session) return undefined;
    const { remote, transport } = this.#options;
    const stats = transport.stats();
    return {
      id: this.id,
      remote,
      transport: this.label,
      framing: transport.framing,
      version: this.#session.version,
      since: this.#since.toISOString(),
      root: this.#root,
      broadcasts: this.#publications?.paths ?? [],
      subscriptions: this.#metrics.subscriptions,
      bytesSent: stats.bytesSent,
      bytesReceived: stats.bytesReceived,
      bufferedBytes: stats.bufferedBytes,
      link: linkReport(stats),
    };
  }
  /** Asks the peer to go to the same path at `base`, or to come again; versions before 04 cannot be asked. */
  goaway(base: string | undefined): boolean {
    if (this.#link) return false;
    this.#isAskedToGo = true;
    this.#session?.goaway(goawayUri(base, this.#entry));
    return true;
  }
  close(code: number, reason: string): void {
    if (this.#session) this.#session.close(code, reason);
    else this.#options.transport.close(code, reason);
  }
  async run(): Promise<void> {
    const { transport, origin, entry, permit, clock } = this.#options;
    this.#claim(entry);
    this.#trace.below(entry?.traceparent);
    const isWhole = permit?.root === "" && permit.get.includes("");
    const publish = isWhole ? origin : new RootedOrigin(origin, () => this.#permit);
    const onSetup = (setup: PeerSetup): void => this.#setUp(setup);
    const late = entry ? {} : { servesAfterSetup: true, admit: (setup: PeerSetup): Promise<void> => this.#locate(setup) };
    try {
      const session = startSession(transport, {
        role: "server",
        publish,
        meter: this.#metrics,
        clock,
        onSetup,
        admitRequest: this.#options.admitRequest,
        ...this.#linked(),
        ...late,
      });
      this.#session = session;
      await session.ready;
      this.#trace.accepted();
      await this.#serve(session);
    } catch (cause) {
      const failure = toLiteError(cause);
      this.#trace.accepted(failure.message);
      transport.close(failure.wireCode ?? closeCode.internal, failure.message);
      if (!this.#since) this.#cells.connections[failedResult(failure, await transport.closed)].add();
    } finally {
      const closed = await transport.closed;
      this.#cancelExpiry();
      const reason = this.#metrics.closed(closed, this.#isAskedToGo);
      this.#link?.end(closed);
      this.#io.flush();
      this.#tellClosed(reason, closed);
    }
  }
  /** Takes a peer for the relay that it says it is, if it may do all that one may. */
  #claim(entry: Entry | undefined): void {
    const { put, get } = this.#permit;
    if (!entry?.relay || !put.includes("") || !get.includes("")) return;
    this.#link = this.#options.cluster.inbound(entry.relay);
    this.#metrics.links(this.#link.bytes);
  }
  /** What a session with a relay has that others have not. */
  #linked(): Pick<SessionOptions, "limits" | "node"> {
    const { limits } = this.#options;
    if (!this.#link) return { limits };
    const { node } = this.#link;
    return {
      limits: { ...limits, ...linkLimits },
      ...(node === undefined ? {} : { node }),
    };
  }
  /** What the peer says in SETUP: its trace context, unless its URL had one, and its role. */
  #setUp(setup: PeerSetup): void {
    this.#hop = setup.origin;
    if (!this.#options.entry) return;
    this.#trace.below(parseTraceparent(setup.traceparent ?? null));
    this.#narrow(setup);
  }
  /** Path and token of raw QUIC. Rejects with a LiteError when they are malformed or allow nothing, which ends the session. */
  async #locate(setup: PeerSetup): Promise<void> {
    const { instruments, access, certificate } = this.#options;
    const entry = readEntry(setup.path);
    this.#trace.below(entry?.traceparent ?? parseTraceparent(setup.traceparent ?? null));
    if (!entry) {
      instruments.error("protocol_violation", "accept");
      throw refused("malformed", LiteErrorCode.protocolViolation);
    }
    this.#entry = entry;
    const decision: Decision = certificate
      ? { kind: "permit", permit: certifiedPermit(entry.root, certificate) }
      : await access.decide(entry.root, entry.token, { transport: this.label, context: this.#trace.context });
    if (decision.kind === "refused") {
      instruments.error(decision.refusal === "unauthorized" ? "unauthorized" : "internal", "auth");
      throw refused(
        decision.refusal,
        decision.refusal === "unauthorized" ? LiteErrorCode.unauthorized : LiteErrorCode.internal,
        decision.why,
      );
    }
    this.#permit = decision.permit;
    this.#narrow(setup);
    this.#claim(entry);
  }
  /** A role takes the other direction away; one that is not allowed ends the session. WebSocket sessions have none (relay-behaviour §7.4). */
  #narrow({ role }: PeerSetup): void {
    if (role === undefined || this.label === "websocket") return;
    const { put, get } = this.#permit;
    this.#permit = { ...this.#permit, ...(role === 1 ? { get: [] } : { put: [] }) };
    if ((role === 1 ? put : get).length > 0) return;
    this.#failed("scope", "the role is not allowed");
    this.#options.instruments.error("unauthorized", "auth");
    throw refused("unauthorized", LiteErrorCode.unauthorized, `the token does not let ${role === 1 ? "publish" : "subscribe"}`);
  }
  #cutSlow(): void {
    const { instruments, slowViewerMs } = this.#options;
    instruments.refused("slow_viewer");
    this.close(closeCode.overload, `too slow for what it watches for ${slowViewerMs / 1000} s`);
  }
  /** Ends the session when its credential does. */
  #expire(): void {
    const { expiresMs } = this.#permit;
    if (expiresMs === undefined) return;
    this.#cancelExpiry = afterLong(this.#options.clock, expiresMs - Date.now(), () => {
      const why = `the ${this.#options.certificate ? "client certificate" : "token"} has expired`;
      this.#failed("expired", why);
      this.close(closeCode.unauthorized, why);
    });
  }
  #failed(cause: AuthFailure, why: string): void {
    this.#options.access.failed(cause, { transport: this.label, context: this.#trace.context, connection: this.id }, why);
  }
  async #serve(session: Session): Promise<void> {
    const { instruments, clock, origin, transport } = this.#options;
    const root = this.#root;
    this.#expire();
    this.#since = new Date();
    this.#metrics.opened(clock.now() - this.#acceptedMs);
    instruments.recorder.event(
      "info",
      "moq.session.opened",
      { "connection.id": this.id, transport: this.label, framing: transport.framing, version: session.version },
      this.#trace.context,
    );
    // Who dialled itself finds out, and leaves.
    if (this.#hop !== origin.id)
      this.#link?.up({
        connectionId: this.id,
        transport: this.label,
        hop: this.#hop,
        span: this.#trace.context,
        rttMs: () => transport.stats().rtt?.ms,
      });
    this.#publications = new Publications({
      origin,
      root,
      session,
      prefixes: this.#options.cluster.prefixes,
      cost: this.#link?.cost ?? defaultCost,
      lingerMs: this.#options.lingerMs,
      mayPublish: (path) => covers(this.#permit.put, path),
      onFirst: () => this.#metrics.publishes(),
      onRefused: () => instruments.error("unauthorized", "announce"),
    });
    try {
      await this.#publications.run();
    } catch (cause) {
      // The session lives on without its announcements: it may still watch.
      const { message } = toLiteError(cause);
      instruments.recorder.event("warn", "moq.error", { "connection.id": this.id, stage: "announce", message }, this.#trace.context);
    }
    await session.closed;
  }
  #tellClosed(reason: string, closed: TransportClosed): void {
    if (!this.#since) return;
    this.#options.instruments.recorder.event(
      "info",
      "moq.session.closed",
      { "connection.id": this.id, transport: this.label, peer: this.#metrics.peer, reason, clean: closed.clean, "error.code": closed.code },
      this.#trace.context,
    );
  }
}

/** What ends a session that may not be: the code that stands for the HTTP status, and one line. */
function refused(refusal: Refusal, code: LiteErrorCode, why?: string): LiteError {
  const { status, message } = refusals[refusal];
  return new LiteError(code, why ?? message, { wireCode: closeCodeOf(status) });
}

function toLiteError(cause: unknown): LiteError {
  if (cause instanceof LiteError) return cause;
  return new LiteError(LiteErrorCode.internal, cause instanceof Error ? cause.message : String(cause), { cause });
}
