import { type Clock, type Origin, type Path, type Session, type TransportClosed, type TransportStats, toPath } from "@moqscope/lite";
import type { SpanContext } from "@moqscope/telemetry";
import type { TransportCells } from "../metrics/cells.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import type { SessionMetrics } from "../metrics/session-metrics.ts";
import { IoDelta } from "../session/io-delta.ts";
import { Publications } from "../session/publications.ts";
import { linkReport, type SessionReport } from "../session/report.ts";
import type { RunningSession } from "../session/sessions.ts";
import type { PeerAddress } from "./peer-address.ts";

export interface LinkSessionOptions {
  readonly id: string;
  readonly peer: PeerAddress;
  /** Set up. */
  readonly session: Session;
  readonly origin: Origin;
  readonly prefixes: readonly Path[];
  readonly lingerMs: number;
  readonly metrics: SessionMetrics;
  readonly cells: TransportCells;
  readonly instruments: RelayInstruments;
  readonly clock: Clock;
  /** Of the attempt that led to it. */
  readonly span: SpanContext;
  readonly setupMs: number;
}

/** A session with a relay that we dialled, from its SETUP to its end. `run` never rejects, and when it resolves nothing of the session is left. */
export class LinkSession implements RunningSession {
  readonly #options: LinkSessionOptions;
  readonly #io: IoDelta;
  readonly #publications: Publications;
  readonly #since = new Date();
  constructor(options: LinkSessionOptions) {
    const { session, origin, lingerMs, cells, instruments, peer, prefixes } = options;
    this.#options = options;
    this.#io = new IoDelta(session.transport, cells, instruments.link);
    this.#publications = new Publications({
      origin,
      root: toPath(""),
      session,
      prefixes,
      cost: peer.cost,
      lingerMs,
      mayPublish: () => true,
      onFirst() {},
      onRefused() {},
    });
  }
  get label(): TransportCells["label"] {
    return this.#options.cells.label;
  }
  flush(): TransportStats {
    return this.#io.flush();
  }
  sample(): void {
    this.#io.sample();
  }
  report(): SessionReport {
    const { id, peer, session, metrics } = this.#options;
    const stats = session.transport.stats();
    return {
      id,
      remote: peer.identity,
      transport: this.label,
      framing: session.transport.framing,
      version: session.version,
      since: this.#since.toISOString(),
      root: "",
      broadcasts: this.#publications.paths,
      subscriptions: metrics.subscriptions,
      bytesSent: stats.bytesSent,
      bytesReceived: stats.bytesReceived,
      bufferedBytes: stats.bufferedBytes,
      link: linkReport(stats),
    };
  }
  /** The other relay stays where it is; the link ends with this one. */
  goaway(): boolean {
    return false;
  }
  close(code: number, reason: string): void {
    this.#options.session.close(code, reason);
  }
  async run(): Promise<void> {
    const { id, session, metrics, instruments, span, setupMs } = this.#options;
    metrics.opened(setupMs);
    instruments.recorder.event(
      "info",
      "moq.session.opened",
      {
        "connection.id": id,
        transport: this.label,
        framing: session.transport.framing,
        version: session.version,
        peer: "relay",
        direction: "outbound",
      },
      span,
    );
    try {
      await this.#publications.run();
    } catch (cause) {
      // The link lives on without its announcements: the peer may still read ours.
      const message = cause instanceof Error ? cause.message : String(cause);
      instruments.recorder.event("warn", "moq.error", { "connection.id": id, stage: "announce", message }, span);
    }
    this.#end(await session.closed);
  }
  #end(closed: TransportClosed): void {
    const { id, metrics, instruments, span } = this.#options;
    const reason = metrics.closed(closed);
    this.#io.flush();
    instruments.recorder.event(
      "info",
      "moq.session.closed",
      { "connection.id": id, transport: this.label, peer: "relay", reason, clean: closed.clean, "error.code": closed.code },
      span,
    );
  }
}
