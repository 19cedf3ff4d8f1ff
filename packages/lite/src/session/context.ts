import type { Clock } from "../clock.ts";
import type { LiteError } from "../error.ts";
import type { Origin } from "../model/origin.ts";
import type { Transport } from "../transport/transport.ts";
import type { Version } from "../wire/version.ts";
import type { Limits } from "./limits.ts";
import type { SessionMeter } from "./meter.ts";

/** What the parts of one session share. */
export interface Context {
  readonly transport: Transport;
  /** Known once `negotiated` has settled. */
  readonly version: Version;
  /** Settles when the version is known and streams may be opened; rejects with `LiteError` if the session ends before. */
  readonly negotiated: Promise<unknown>;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly meter: SessionMeter;
  /** Our own hop id. */
  readonly hop: bigint;
  /** Stands for the peer in chains of versions without hop ids: random, of this session alone. */
  readonly peerHop: bigint;
  /** What the peer says its hop id is, in SETUP (05) or by what it wants left out (04); `undefined` until then. */
  readonly peer: { id: bigint | undefined };
  readonly publish: Origin | undefined;
  /** Ends the session for what the peer did. */
  readonly fail: (error: LiteError) => void;
}
