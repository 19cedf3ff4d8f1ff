/** What the process that keeps workers tells each when it begins. */
export interface Place {
  /** From 0. The first one has QUIC and the links with other machines. */
  readonly index: number;
  /** `instance` of its metrics. */
  readonly node: string;
  /** A token that stands for every right: for the workers among themselves. */
  readonly secret: string;
  /** The certificate that all of them serve, where it is made at start. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  /** Whether the first one serves WebTransport for all. */
  readonly hasWebTransport: boolean;
}
export type ToWorker =
  | { readonly kind: "start"; readonly place: Place }
  /** URLs of the workers that this one is to be linked with. */
  | { readonly kind: "peers"; readonly urls: readonly string[] }
  | { readonly kind: "certificate"; readonly cert: string; readonly key: string }
  | { readonly kind: "end"; readonly signal: "SIGINT" | "SIGTERM" };

/** What a worker says when it serves. */
export interface WorkerReady {
  readonly kind: "ready";
  readonly url: string;
  readonly adminUrl: string;
  /** Where the others reach this one alone. */
  readonly insideUrl: string;
  readonly certificate: string | undefined;
  readonly hasWebTransport: boolean;
}
