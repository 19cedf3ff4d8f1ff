import { randomUUID } from "node:crypto";
import { type Clock, type Limits, LiteError, LiteErrorCode, type Origin, type Transport, WireCode } from "@moqscope/lite";
import { formatListen, type ListenAddress } from "@moqscope/telemetry/options";
import type { Permit } from "@moqscope/token";
import type { Cluster } from "../cluster/cluster.ts";
import { type RelayLimits, sessionLimitsOf } from "../limits.ts";
import { Shedding } from "../memory/memory-guard.ts";
import type { RelayRefusal, TransportLabel } from "../metrics/classify.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import { addressKey } from "../net/address.ts";
import { Tally } from "../net/tally.ts";
import { RelaySession } from "../session/relay-session.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Access, Decision } from "./access.ts";
import { type ClientCertificate, certifiedPermit } from "./client-certificate.ts";
import type { Entry } from "./entry.ts";
import type { Origins } from "./origins.ts";
import { closeCodeOf, type Refusal, refusals } from "./refusal.ts";
import { SessionRates } from "./session-rates.ts";

export interface GateOptions {
  readonly origin: Origin;
  readonly sessions: Sessions;
  readonly instruments: RelayInstruments;
  readonly clock: Clock;
  /** Read whenever somebody comes: they may change. */
  readonly limits: RelayLimits;
  readonly access: Access;
  readonly origins: Origins;
  readonly cluster: Cluster;
  readonly sessionLimits?: Partial<Limits>;
  /** What is refused for want of memory. */
  readonly shedding: () => Shedding;
}
/** Who came in, over an accepted transport. */
export interface Admitted {
  readonly transport: Transport;
  /** Absent where the transport has no URL: SETUP tells it then. */
  readonly entry: Entry | undefined;
  /** What it may do; absent where it is not known yet. */
  readonly permit: Permit | undefined;
  /** What the client showed, for where `permit` is not known yet. */
  readonly certificate?: ClientCertificate | undefined;
  readonly remote: ListenAddress;
}

/** Where every transport's requests become sessions or are turned away: one set of places, limits and counters for all of them. */
export class Gate {
  readonly #options: GateOptions;
  readonly #places: Tally;
  /** One for all sessions, until what it is made of changes. */
  #sessionLimits: { readonly own: Partial<Limits>; readonly limits: Partial<Limits> } | undefined;
  readonly #requests: Tally;
  readonly #rates: SessionRates;
  #shut = false;
  constructor(options: GateOptions) {
    const { limits, clock } = options;
    this.#options = options;
    this.#requests = new Tally(() => ({ all: limits.maxRequests, perKey: limits.maxRequestsPerAddress }));
    this.#rates = new SessionRates(clock, () => limits.sessionsPerSecondPerAddress);
    this.#places = new Tally(() => ({ all: limits.maxSessions, perKey: limits.maxSessionsPerAddress }));
  }
  /** What one session that begins now may hold, its handshake included. */
  get sessionLimits(): Partial<Limits> {
    const own = sessionLimitsOf(this.#options.limits);
    if (!this.#sessionLimits || !isSame(own, this.#sessionLimits.own))
      this.#sessionLimits = { own, limits: { ...own, ...this.#options.sessionLimits } };
    return this.#sessionLimits.limits;
  }
  /** From now on nobody is admitted. */
  shut(): void {
    this.#shut = true;
  }
  /** Takes a place for a session from an address; what is returned gives it back and may be called twice. `undefined` when there is none. */
  admit(address: string | undefined): (() => void) | undefined {
    const key = addressKey(address);
    const refusal = this.#refusal(key);
    if (refusal) this.#options.instruments.refused(refusal);
    return refusal ? undefined : this.#places.take(key);
  }
  #refusal(key: string): RelayRefusal | undefined {
    if (this.#shut) return "draining";
    if (this.#options.shedding() >= Shedding.sessions) return "memory";
    const full = this.#places.full(key);
    if (full) return full === "all" ? "sessions" : "sessions_per_address";
    return this.#rates.take(key) ? undefined : "session_rate";
  }
  /** Takes a place for a request of a session from an address: what gives it back, or the error to refuse it with. */
  #admitRequest(key: string): (() => void) | LiteError {
    const full = this.#requests.full(key);
    if (this.#options.shedding() >= Shedding.subscriptions) return this.#refuseRequest("memory", closeCodeOf(refusals.overload.status));
    const place = this.#requests.take(key);
    return place ?? this.#refuseRequest(full === "all" ? "requests" : "requests_per_address", WireCode.boundsExceeded);
  }
  #refuseRequest(reason: RelayRefusal, wireCode: number): LiteError {
    this.#options.instruments.refused(reason);
    return new LiteError(LiteErrorCode.unsupported, `this relay takes no more requests: ${reason}`, { wireCode });
  }
  /** Whether a page of this origin may come in. */
  lets(origin: string | undefined): boolean {
    return this.#options.origins.admits(origin);
  }
  /** What a connect URL and its token allow, or the client's certificate. */
  decide({ root, token, traceparent }: Entry, transport: TransportLabel, certificate?: ClientCertificate): Promise<Decision> {
    if (certificate) return Promise.resolve({ kind: "permit", permit: certifiedPermit(root, certificate) });
    return this.#options.access.decide(root, token, { transport, context: traceparent });
  }
  /** Counts a request that was turned away. */
  refused(transport: TransportLabel, refusal: Refusal): void {
    const { instruments } = this.#options;
    const { connections } = instruments.transport(transport);
    switch (refusal) {
      case "overload":
        connections.overload.add();
        return;
      case "origin":
      case "unauthorized":
        connections.unauthorized.add();
        instruments.error("unauthorized", "auth");
        return;
      case "keys_unavailable":
        connections.setup_error.add();
        instruments.error("internal", "auth");
        return;
      case "version_mismatch":
        connections.version_mismatch.add();
        instruments.error("version_mismatch", "accept");
        return;
      case "malformed":
        connections.setup_error.add();
        instruments.error("protocol_violation", "accept");
        return;
    }
  }
  /** Runs a session to its end. */
  open({ remote, ...admitted }: Admitted): void {
    const { origin, sessions, instruments, clock, access, cluster } = this.#options;
    const { lingerMs, slowViewerMs } = this.#options.limits;
    const key = addressKey(remote.host);
    const admitRequest = (): (() => void) | LiteError => this.#admitRequest(key);
    const shared = { origin, instruments, clock, limits: this.sessionLimits, lingerMs, slowViewerMs, access, cluster, admitRequest };
    sessions.add(new RelaySession({ id: randomUUID(), ...admitted, ...shared, remote: formatListen(remote) }));
  }
}

function isSame(a: Partial<Limits>, b: Partial<Limits>): boolean {
  return (Object.keys(a) as (keyof Limits)[]).every((key) => a[key] === b[key]);
}
