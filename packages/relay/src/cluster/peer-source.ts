import type { PeerAddress } from "./peer-address.ts";

/** Where a list of peers comes from. */
export interface PeerSource {
  readonly kind: "file" | "dns" | "mesh";
  /**
   * Reads the list and follows it. `changed` is told each list that differs, `failed` why one cannot be used: the peers before stay.
   * @throws RelayError `cluster_invalid` when it cannot be used at the start.
   */
  start(told: PeerSourceEvents): Promise<void>;
  /** Looks again at once. Never rejects. */
  reload(): Promise<void>;
  stop(): void;
}
export interface PeerSourceEvents {
  changed(peers: readonly PeerAddress[]): void;
  failed(message: string): void;
}
