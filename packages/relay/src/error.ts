/** What went wrong in the relay itself, for programs. Stable. */
export const RelayErrorCode = {
  /** Another process listens there. */
  portTaken: "port_taken",
  /** The address cannot be listened on. */
  listenFailed: "listen_failed",
  /** Certificate or key cannot be used. */
  certificateInvalid: "certificate_invalid",
  /** The kernel's figures of TCP connections cannot be read. */
  tcpInfoUnavailable: "tcp_info_unavailable",
  /** What is said of the cluster cannot be used. */
  clusterInvalid: "cluster_invalid",
  /** The QUIC stack that was asked for is not there, or cannot listen. */
  webTransportUnavailable: "webtransport_unavailable",
} as const;
export type RelayErrorCode = (typeof RelayErrorCode)[keyof typeof RelayErrorCode];

/** Which of the two listeners. */
export type Listener = "public" | "admin" | "inside";
export interface RelayErrorOptions extends ErrorOptions {
  readonly listener?: Listener;
}

/** The one error of this package. Programs match `code`. */
export class RelayError extends Error {
  override readonly name = "RelayError";
  readonly code: RelayErrorCode;
  /** The listener that could not be opened. */
  readonly listener: Listener | undefined;
  constructor(code: RelayErrorCode, message: string, options: RelayErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.listener = options.listener;
  }
}
