/** What a peer may make one transport hold or wait for. */
export interface TransportLimits {
  /** Stream payload received and not yet read by the application, over all streams, bytes. */
  readonly connectionWindowBytes: number;
  /** The same for one stream. */
  readonly streamWindowBytes: number;
  /** Streams that the peer may have open at once. */
  readonly incomingBidiStreams: number;
  readonly incomingUniStreams: number;
  /** Largest socket message accepted; at least 16382. */
  readonly recordBytes: number;
  /** The same where a message holds exactly one frame: old peers cut their data in pieces of about 16 KiB. */
  readonly singleFrameBytes: number;
  /** Stream payload received and not yet read where there is neither credit nor a way to stop reading the socket, bytes; above it the transport is closed. */
  readonly uncreditedBytes: number;
  /** Control frames waiting for a socket that takes none, bytes; above it the transport is closed. */
  readonly controlBacklogBytes: number;
  /** Above this many bytes in the socket nothing more is handed to it, so that priorities matter. */
  readonly socketBufferedBytes: number;
  /** From the open socket to the peer's transport parameters, milliseconds. */
  readonly handshakeMs: number;
  /** Without anything received, milliseconds. */
  readonly idleTimeoutMs: number;
}
export const defaultTransportLimits: TransportLimits = {
  connectionWindowBytes: 1024 * 1024,
  streamWindowBytes: 256 * 1024,
  incomingBidiStreams: 1024,
  incomingUniStreams: 1024,
  recordBytes: 16382,
  singleFrameBytes: 64 * 1024,
  uncreditedBytes: 32 * 1024 * 1024,
  controlBacklogBytes: 256 * 1024,
  socketBufferedBytes: 64 * 1024,
  handshakeMs: 10_000,
  idleTimeoutMs: 30_000,
};

/**
 * Makes what puts the defaults where nothing is given: one object for all that are given the same one, because each of many sessions
 * holds its limits.
 */
export function limitsOver<L extends object>(defaults: L): (given: Partial<L> | undefined) => L {
  const made = new WeakMap<object, L>();
  return (given) => {
    if (!given) return defaults;
    const known = made.get(given) ?? { ...defaults, ...given };
    made.set(given, known);
    return known;
  };
}
export const transportLimits: (given: Partial<TransportLimits> | undefined) => TransportLimits = limitsOver(defaultTransportLimits);
