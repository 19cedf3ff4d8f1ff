import { randomUUID } from "node:crypto";
import type { Clock, Limits, Origin, Transport } from "@moqscope/lite";
import { formatListen, type ListenAddress } from "@moqscope/telemetry/options";
import type { Permit } from "@moqscope/token";
import type { Cluster } from "../cluster/cluster.ts";
import { type RelayLimits, relaySessionLimits } from "../limits.ts";
import type { TransportLabel } from "../metrics/classify.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import { addressKey } from "../net/address.ts";
import { Tally } from "../net/tally.ts";
import { RelaySession } from "../session/relay-session.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Access, Decision } from "./access.ts";
import { type ClientCertificate, certifiedPermit } from "./client-certificate.ts";
import type { Entry } from "./entry.ts";
import type { Origins } from "./origins.ts";
import type { Refusal } from "./refusal.ts";

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
  #sessionLimits: { readonly forMs: number; readonly limits: Partial<Limits> } | undefined;
  #shut = false;
  constructor(options: GateOptions) {
    const { limits } = options;
    this.#options = options;
    this.#places = new Tally(() => ({ all: limits.maxSessions, perKey: limits.maxSessionsPerAddress }));
  }
  /** What one session that begins now may hold, its handshake included. */
  get sessionLimits(): Partial<Limits> {
    const { handshakeTimeoutMs } = this.#options.limits;
    if (this.#sessionLimits?.forMs !== handshakeTimeoutMs) {
      const waits = { handshakeMs: handshakeTimeoutMs, setupMs: handshakeTimeoutMs };
      this.#sessionLimits = { forMs: handshakeTimeoutMs, limits: { ...relaySessionLimits, ...waits, ...this.#options.sessionLimits } };
    }
    return this.#sessionLimits.limits;
  }
  /** From now on nobody is admitted. */
  shut(): void {
    this.#shut = true;
  }
  /** Takes a place for a session from an address; what is returned gives it back and may be called twice. `undefined` when there is none. */
  admit(address: string | undefined): (() => void) | undefined {
    return this.#shut ? undefined : this.#places.take(addressKey(address));
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
    const { lingerMs } = this.#options.limits;
    const shared = { origin, instruments, clock, limits: this.sessionLimits, lingerMs, access, cluster };
    sessions.add(new RelaySession({ id: randomUUID(), ...admitted, ...shared, remote: formatListen(remote) }));
  }
}
