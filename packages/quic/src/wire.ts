/** Records that go into the addon: the first number of each, and what follows it (crate/core/src/op.rs). */
export const Op = {
  /** session, request, 1 for unidirectional, priority */
  open: 1,
  /** session, stream, count, that many buffers */
  write: 2,
  finish: 3,
  /** session, stream, code */
  reset: 4,
  stop: 5,
  priority: 6,
  /** session, buffer */
  datagram: 7,
  /** session, code, text */
  close: 8,
  /** session, text or -1 */
  accept: 9,
  /** session, status */
  reject: 10,
  /** session, stream or -1, bytes */
  consumed: 11,
  /** session, streams */
  taken: 12,
  /** server, code, text */
  closeServer: 13,
} as const;

/** Records that come out of the addon (crate/core/src/event.rs). */
export const Event = {
  /** session, server, text */
  request: 1,
  /** session, largest datagram, text */
  established: 2,
  /** session, failure, code or -1, text */
  failed: 3,
  /** session, by, code, text */
  closed: 4,
  /** session, request, stream */
  opened: 5,
  /** session, stream, 1 for unidirectional */
  stream: 6,
  /** session, stream, offset, bytes, 1 at the end */
  data: 7,
  /** session, stream, code */
  reset: 8,
  stopped: 9,
  /** session, stream */
  finished: 10,
  /** session, stream, bytes, 1 with FIN */
  departed: 11,
  /** session, offset, bytes */
  datagram: 12,
  /** session, free bytes, largest datagram */
  datagramSpace: 13,
  /** server */
  serverClosed: 14,
  /** session */
  released: 15,
  /** 0, text */
  fatal: 16,
} as const;

/** How many numbers each event has, its own kind included. */
export const EVENT_LENGTH: readonly number[] = [0, 4, 4, 5, 5, 4, 4, 6, 4, 4, 3, 5, 4, 4, 2, 2, 3];

/** `by` of a closed session. */
export const CLOSED_BY = ["local", "peer", "lost"] as const;

/** Why a session did not come about. */
export const FAILURES = ["connect_failed", "rejected", "protocol_not_offered", "timeout", "closed"] as const;
