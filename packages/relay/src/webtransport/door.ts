import { readEntry } from "../entrance/entry.ts";
import type { Gate } from "../entrance/gate.ts";
import { closeCodeOf, type Refusal, refusals } from "../entrance/refusal.ts";
import type { RelayLimits } from "../limits.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import { addressKey } from "../net/address.ts";
import { Tally } from "../net/tally.ts";
import type { BackendListener, BackendRequest } from "./backend.ts";
import { chooseProtocol } from "./choose-protocol.ts";

export interface DoorOptions {
  readonly gate: Gate;
  readonly instruments: RelayInstruments;
  readonly limits: RelayLimits;
}

/** Takes the requests of a QUIC listener to the gate, and answers those that it does not let in. */
export class Door {
  readonly #options: DoorOptions;
  /** Refusals that are still being told. */
  readonly #telling: Tally;
  constructor(options: DoorOptions) {
    this.#options = options;
    this.#telling = new Tally(() => ({ all: options.limits.maxPending, perKey: options.limits.maxPendingPerAddress }));
  }
  /** Serves until the listener is closed. */
  async serve(listener: BackendListener): Promise<void> {
    for await (const request of listener.requests) {
      this.#enter(request).catch(() => this.#options.instruments.transport(request.kind).connections.transport_error.add());
    }
  }
  /** Rejects when the client went away before it was answered. */
  async #enter(request: BackendRequest): Promise<void> {
    const { gate } = this.#options;
    const raw = request.kind === "quic";
    const entry = raw ? undefined : readEntry(request.target);
    if (!raw && !entry) return this.#refuse(request, "malformed");
    if (!gate.lets(request.origin)) return this.#refuse(request, "origin");
    const protocol = chooseProtocol(request.protocols);
    if (protocol === undefined) return this.#refuse(request, "version_mismatch");
    const release = gate.admit(request.remote.host);
    if (!release) return this.#refuse(request, "overload");
    try {
      const { certificate } = request;
      const decision = entry && (await gate.decide(entry, request.kind, certificate));
      if (decision?.kind === "refused") {
        release();
        return await this.#refuse(request, decision.refusal, decision.why);
      }
      const transport = await request.accept(protocol);
      void transport.closed.then(release); // Never rejects.
      gate.open({ transport, entry, permit: decision?.permit, certificate, remote: request.remote });
    } catch (error) {
      release();
      throw error;
    }
  }
  /**
   * Accepts and closes with a code, as browsers cannot read the status of a refused request (webtransport.md §2). While too many are
   * being told so, the rest gets the status only.
   */
  async #refuse(request: BackendRequest, refusal: Refusal, why?: string): Promise<void> {
    this.#options.gate.refused(request.kind, refusal);
    const { status, message } = refusals[refusal];
    const place = this.#telling.take(addressKey(request.remote.host));
    if (!place) return request.refuse(status);
    try {
      const transport = await request.accept(request.kind === "quic" ? (request.protocols[0] ?? "") : "");
      transport.close(closeCodeOf(status), why ?? message);
      await transport.closed;
    } catch {
      // It went away before it was told.
    } finally {
      place();
    }
  }
}
