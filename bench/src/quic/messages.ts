/** What is compared: our relay over QUIC, moq-relay over QUIC, and our relay over WebSocket. */
export const contestants = ["quic", "moq-relay", "websocket"] as const;
export type Contestant = (typeof contestants)[number];
/** Every relay that can be started. */
export type RelayName = Contestant | "moq-relay-websocket";

/** Ours over WebSocket, with a recorder that hears nothing and with everything on. */
export type Recorded = "silent" | "everything";
/** What clients are told a relay by. */
export type At = RelayName | Recorded;

/** How a relay is reached. */
export type Way = "quic" | "websocket";
export function wayTo(relay: At): Way {
  return relay === "quic" || relay === "moq-relay" ? "quic" : "websocket";
}

/** What a relay of ours is asked; it ends with its channel. */
export type ToRelay = { readonly kind: "forwarded" } | { readonly kind: "memory" };
export type FromRelay =
  | { readonly kind: "listening"; readonly port: number; readonly pid: number }
  /** Its own `moq.relay.forward_time` since it was asked last: frames per bucket, the last without a bound (seconds). */
  | { readonly kind: "forwarded"; readonly bounds: readonly number[]; readonly counts: readonly number[] }
  /** Heap and external memory after garbage collection. */
  | { readonly kind: "memory"; readonly bytes: number };

/** One stream, as it is written. */
export interface Content {
  readonly framesPerSecond: number;
  readonly frameBytes: number;
  readonly framesPerGroup: number;
}

interface Peer {
  readonly at: At;
  readonly url: string;
}
/** What a client process is told: one publishes at every relay, another one subscribes. */
export type ToClient =
  /** With `keepMs`, the relay is told that older groups are worth keeping for so long. */
  | ({ readonly kind: "publish"; readonly keepMs?: number } & Peer)
  /** With `wire`, what arrives is timed where the bytes come from the socket, from where the publisher in the same process has written them. */
  | ({ readonly kind: "subscribe"; readonly count: number; readonly wire?: boolean } & Peer)
  /** Sessions that ask for nothing. */
  | ({ readonly kind: "idle"; readonly count: number } & Peer)
  /** One after another: connects, reads the first frame, leaves. */
  | ({ readonly kind: "join"; readonly count: number } & Peer)
  | { readonly kind: "begin"; readonly at: At }
  | { readonly kind: "write"; readonly at: At; readonly seconds: number; readonly content: Content }
  | { readonly kind: "expect"; readonly frames: number };
export type FromClient =
  | { readonly kind: "published" }
  | { readonly kind: "subscribed" }
  | { readonly kind: "idle" }
  | { readonly kind: "joined"; readonly tookMs: readonly number[] }
  | { readonly kind: "begun" }
  | { readonly kind: "wrote"; readonly frames: number }
  | {
      readonly kind: "received";
      readonly frames: number;
      readonly p50Ms: number | undefined;
      readonly p99Ms: number | undefined;
      /** From ingest byte to egress byte, of those who were told `wire`. */
      readonly forwardMs: readonly number[];
    };
