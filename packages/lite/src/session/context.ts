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
  readonly version: Version;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly meter: SessionMeter;
  /** Our own hop id. */
  readonly hop: bigint;
  readonly publish: Origin | undefined;
  /** Ends the session for what the peer did. */
  readonly fail: (error: LiteError) => void;
}
