import { randomUUID } from "node:crypto";
import type { Origin, Path, PeerSetup, Session } from "@moqscope/lite";
import type { Span } from "@moqscope/telemetry";
import { closeCode, transportLabel } from "../metrics/classify.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import type { Sessions } from "../session/sessions.ts";
import { Attempt } from "./attempt.ts";
import { Backoff } from "./backoff.ts";
import type { Dialer } from "./dialer.ts";
import { linkLimits } from "./limits.ts";
import { LinkSession } from "./link-session.ts";
import type { Links } from "./links.ts";
import { type Pause, pause } from "./pause.ts";
import type { PeerAddress } from "./peer-address.ts";

/** Who we are among relays. */
export interface OwnName {
  /** Name of this relay in figures and logs. */
  readonly node: string | undefined;
  /** Our own public URL in one spelling. */
  readonly identity: string | undefined;
}
export interface PeerContext {
  readonly origin: Origin;
  /** What announcements are asked for. */
  readonly prefixes: readonly Path[];
  readonly sessions: Sessions;
  readonly instruments: RelayInstruments;
  readonly links: Links;
  readonly dialer: Dialer;
  readonly self: OwnName;
  /** Asked for each attempt, for a peer whose URL brings no token. */
  readonly token: () => Promise<string | undefined>;
  /** How long the paths of a peer that was lost stay announced, milliseconds. */
  readonly lingerMs: number;
  readonly random?: () => number;
}

/** Where a link stands: `standby` while the other side has dialled us, `self` when the address turned out to be our own. */
export type PeerState = "connecting" | "up" | "waiting" | "standby" | "self";

/** The one whose URL is higher leaves it to the other to dial first, if both know each other. */
const deferMs = 1_000;
const dupReason = "the other side has dialled too";

/** Keeps one session with one peer: dials, and again whenever it is lost, for ever, unless the peer has dialled us (relay-behaviour §9). */
export class Peer {
  readonly address: PeerAddress;
  readonly #context: PeerContext;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  #name: string;
  #forget: () => void;
  #hop: bigint | undefined;
  /** Of our own session. */
  #connectionId: string | undefined;
  #state: PeerState = "connecting";
  #retryAtMs: number | undefined;
  #error: string | undefined;
  #session: Session | undefined;
  #pause: Pause | undefined;
  constructor(address: PeerAddress, context: PeerContext) {
    this.address = address;
    this.#context = context;
    this.#backoff = new Backoff(context.random);
    this.#name = address.name;
    this.#forget = context.links.expect(address.name);
  }
  get name(): string {
    return this.#name;
  }
  get hop(): bigint | undefined {
    return this.#hop;
  }
  get state(): PeerState {
    return this.#state;
  }
  /** Why the last attempt failed or the last session ended; `undefined` while it is up. */
  get error(): string | undefined {
    return this.#error;
  }
  /** Until the next attempt, milliseconds. */
  get retryInMs(): number | undefined {
    return this.#retryAtMs === undefined ? undefined : Math.max(0, this.#retryAtMs - this.#context.instruments.clock.now());
  }
  /** Runs until `stop`; never rejects. */
  async run(): Promise<void> {
    const { identity } = this.#context.self;
    const defers = identity !== undefined && identity > this.address.identity;
    if (defers) await this.#wait(deferMs);
    while (!this.#stop.signal.aborted) {
      const lastedMs = this.#elsewhere() ? await this.#standBy() : await this.#attempt();
      if (this.#hop === this.#context.origin.id) return this.#isSelf();
      if (this.#stop.signal.aborted) return;
      if (!this.#elsewhere()) await this.#wait(this.#backoff.next(lastedMs) + (defers ? deferMs : 0));
    }
  }
  /** Ends the link and its figures. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error("the peer was removed"));
    this.#pause?.end();
    this.#session?.close(closeCode.clean, "no longer a peer");
    this.#forget();
  }
  /** Links came or went. */
  look(): void {
    if (this.#state === "up") this.#settle();
    else if (this.#state === "waiting" && this.#elsewhere()) this.#pause?.end();
    else if (this.#state === "standby" && !this.#elsewhere()) this.#pause?.end();
  }
  /** The session that makes ours needless: one that the peer has dialled, or ours to another address of it. */
  #elsewhere(): ReturnType<Links["find"]> {
    return this.#context.links.find(
      ({ direction, identity, hop, connectionId }) =>
        connectionId !== this.#connectionId &&
        ((direction === "inbound" && identity === this.address.identity) || (hop !== undefined && hop === this.#hop)),
    );
  }
  /** Why a session that was just set up is of no use; `undefined` when it is. */
  #needless(): string | undefined {
    const { origin, links } = this.#context;
    if (this.#stop.signal.aborted) return "no longer a peer";
    if (this.#hop === undefined) return undefined;
    if (this.#hop === origin.id) return "this relay has dialled itself";
    const twin = links.find(({ direction, hop }) => direction === "outbound" && hop === this.#hop);
    return twin && "linked by another address of yours";
  }
  /** When both sides have dialled, the session of the one whose hop id is lower stays, and the other one ends its own: both decide alike. */
  #settle(): void {
    const { origin, links } = this.#context;
    if (this.#hop === undefined || origin.id < this.#hop) return;
    const inbound = links.find(({ direction, hop }) => direction === "inbound" && hop === this.#hop);
    if (inbound) this.#session?.close(closeCode.clean, dupReason);
  }
  #isSelf(): void {
    this.#state = "self";
    this.#forget();
  }
  /** How long the other session lasted, milliseconds. */
  async #standBy(): Promise<number> {
    const { clock } = this.#context.instruments;
    const sinceMs = clock.now();
    const other = this.#elsewhere();
    if (other) this.#rename(other.name);
    this.#state = "standby";
    this.#error = undefined;
    while (this.#elsewhere() && !this.#stop.signal.aborted) {
      this.#pause = pause(clock);
      await this.#pause.over;
    }
    return clock.now() - sinceMs;
  }
  async #wait(ms: number): Promise<void> {
    const { clock } = this.#context.instruments;
    if (this.#stop.signal.aborted) return;
    this.#state = "waiting";
    this.#retryAtMs = clock.now() + ms;
    this.#pause = pause(clock, ms);
    if (this.#elsewhere()) this.#pause.end();
    await this.#pause.over;
    this.#retryAtMs = undefined;
  }
  /** Dials and stays until the session ends; says how long it lasted, milliseconds. */
  async #attempt(): Promise<number> {
    const { instruments } = this.#context;
    this.#state = "connecting";
    const id = randomUUID();
    const span = instruments.recorder.span("moq.connect", {
      attributes: { "moq.connection.id": id, "moq.url": this.address.identity, "moq.node": this.#name },
    });
    const attempt = new Attempt(id, this.#name, { ...this.#context, span });
    try {
      const session = await this.#connect(attempt, span);
      span.end({ attributes: { "moq.transport": transportLabel(session.transport.kind), "moq.result": "ok" } });
      return await this.#stay(attempt, session, span);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      span.end({ error: message });
      this.#failed(message);
      return 0;
    } finally {
      attempt.release();
    }
  }
  async #connect(attempt: Attempt, span: Span<"moq.connect">): Promise<Session> {
    const { origin, instruments, dialer, self } = this.#context;
    const jwt = new URL(this.address.url).searchParams.has("jwt") ? undefined : await this.#context.token();
    const { traceId, spanId, sampled = true } = span.context;
    const query = { jwt, relay: self.node ?? "", node: self.identity };
    return dialer.connect(
      { peer: this.address, query },
      {
        publish: origin,
        clock: instruments.clock,
        limits: linkLimits,
        signal: this.#stop.signal,
        traceparent: `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`,
        meterFor: (transport) => attempt.meter(transportLabel(transport.kind)),
        onAttempt: (told) => attempt.tried(told),
        onSetup: (setup) => this.#setUp(setup, attempt),
        ...(self.node === undefined ? {} : { node: self.node }),
      },
    );
  }
  #setUp({ origin, node }: PeerSetup, attempt: Attempt): void {
    this.#hop = origin;
    if (origin === this.#context.origin.id) return;
    if (node !== undefined) this.#rename(node);
    attempt.rename(this.#name);
  }
  async #stay(attempt: Attempt, session: Session, span: Span<"moq.connect">): Promise<number> {
    const { origin, sessions, instruments, links } = this.#context;
    const { clock } = instruments;
    const needless = this.#needless();
    if (needless !== undefined) {
      session.close(closeCode.clean, needless);
      await session.closed;
      return 0;
    }
    const { cells, metrics, id } = attempt.settled();
    const sinceMs = clock.now();
    const setupMs = attempt.elapsedMs;
    const link = new LinkSession({
      id,
      peer: this.address,
      session,
      origin,
      prefixes: this.#context.prefixes,
      lingerMs: this.#context.lingerMs,
      metrics,
      cells,
      instruments,
      clock,
      span: span.context,
      setupMs,
    });
    this.#connectionId = id;
    this.#session = session;
    this.#state = "up";
    this.#error = undefined;
    const held = instruments.recorder.upDownCounter("moq.relay.upstream_sessions", {}).acquire();
    const down = links.up(this.#name, {
      direction: "outbound",
      connectionId: id,
      transport: cells.label,
      identity: this.address.identity,
      hop: this.#hop,
      span: span.context,
      rttMs: () => session.transport.stats().rtt?.ms,
    });
    sessions.add(link);
    this.#settle();
    const closed = await session.closed;
    held.release();
    this.#session = undefined;
    const reason = closed.reason || `closed by ${closed.by} with code ${closed.code}`;
    this.#error = reason;
    down({ clean: closed.clean, reason });
    const silent = closed.by === "lost" || closed.code === closeCode.timeout;
    if (silent && session.transport.kind === "webtransport") this.#context.dialer.silent(this.address);
    return clock.now() - sinceMs;
  }
  #rename(name: string): void {
    if (name === this.#name) return;
    const forget = this.#forget;
    this.#name = name;
    this.#forget = this.#context.links.expect(name);
    forget();
  }
  /** Once for each new reason: a peer that is gone is tried for ever. */
  #failed(message: string): void {
    if (this.#stop.signal.aborted) return;
    const isNew = this.#error !== message;
    this.#error = message;
    this.#context.instruments.recorder.event(isNew ? "warn" : "debug", "moq.link.failed", {
      node: this.#name,
      url: this.address.identity,
      reason: message,
    });
  }
}
