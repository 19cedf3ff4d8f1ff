import type { KeySource, PublicPrefixes } from "@moqscope/token";

/** Who may report, and how reports prove it. With any of this every public POST needs a telemetry token. */
export interface TokenOptions {
  /** Keys of the MoQ JWTs that `/v1/token` takes. */
  readonly keys?: KeySource;
  /** Broadcasts for which it asks for none. */
  readonly publicPrefixes?: PublicPrefixes;
  /** Signs telemetry tokens: at least 32 bytes, the same in every replica. Default random, for this process alone. */
  readonly secret?: Uint8Array;
  /** How long a telemetry token is taken. Default 10 minutes. */
  readonly lifeMs?: number;
}

export const defaultTokenLifeMs = 600_000;
