/** What is compared: our relay over QUIC, moq-relay over QUIC, and our relay over WebSocket. */
export const contestants = ["quic", "moq-relay", "websocket"] as const;
export type Contestant = (typeof contestants)[number];

/** What a relay of ours tells once; it ends with its channel. */
export type FromRelay = { readonly kind: "listening"; readonly port: number; readonly pid: number };

/** What a client process is told: one publishes at every relay, another one subscribes. */
export type ToClient =
  | { readonly kind: "publish"; readonly at: Contestant; readonly url: string }
  | { readonly kind: "subscribe"; readonly at: Contestant; readonly url: string; readonly count: number }
  | { readonly kind: "begin"; readonly at: Contestant }
  | { readonly kind: "write"; readonly at: Contestant; readonly framesPerSecond: number; readonly seconds: number }
  | { readonly kind: "expect"; readonly frames: number };
export type FromClient =
  | { readonly kind: "published" }
  | { readonly kind: "subscribed" }
  | { readonly kind: "begun" }
  | { readonly kind: "wrote"; readonly frames: number }
  | { readonly kind: "received"; readonly frames: number; readonly p50Ms: number | undefined; readonly p99Ms: number | undefined };
