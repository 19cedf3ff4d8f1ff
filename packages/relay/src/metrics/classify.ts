import { type LiteError, LiteErrorCode, type TransportClosed, type TransportKind } from "@moqscope/lite";
import type { AttributesOf } from "@moqscope/telemetry";

/** Values of the attribute `transport`. */
export type TransportLabel = AttributesOf<"moq.relay.active_connections">["transport"];
export type Peer = AttributesOf<"moq.relay.active_connections">["peer"];
export type CloseReason = AttributesOf<"moq.relay.sessions_closed">["reason"];
export type ErrorType = AttributesOf<"moq.relay.errors">["error.type"];
/** Limits at which something is turned away. */
export type RelayRefusal = AttributesOf<"moq.relay.refusals">["reason"];
export type AuthFailure = AttributesOf<"moq.relay.auth_failures">["reason"];
export type ConnectionResult = AttributesOf<"moq.relay.connections">["result"];

export function transportLabel(kind: TransportKind): TransportLabel {
  switch (kind) {
    case "webtransport":
    case "websocket":
    case "quic":
      return kind;
    case "memory":
      return "unknown";
  }
}

/** Codes of moq-lite and of the framing below it that say that somebody broke the protocol (moq-lite.md § error codes, QMux 1002 and 1003). */
const violations: ReadonlySet<number> = new Set([5, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 27, 29, 1002, 1003]);

/** Classifies how a session that had been set up ended; one that leaves as it was asked to is told apart. */
export function closeReason(closed: TransportClosed, wasAskedToGo = false): CloseReason {
  if (closed.clean) return wasAskedToGo ? "goaway" : "clean";
  if (closed.by === "lost" && closed.code === 0) return "transport_lost";
  if (violations.has(closed.code)) return "protocol_violation";
  switch (closed.code) {
    case closeCode.timeout:
      return "idle_timeout";
    case closeCode.unauthorized:
      return "unauthorized";
    case closeCode.internal:
      return closed.by === "local" ? "internal" : "other";
    case closeCode.overload:
      return "overload";
    case 1:
    case 4:
      return "transport_lost";
    default:
      return closed.by === "lost" ? "transport_lost" : "other";
  }
}

/** Codes of session closes that are told apart here; `internal` is moq-lite's Dropped, `overload` its Lagged. */
export const closeCode = { clean: 0, timeout: 3, unauthorized: 6, internal: 24, overload: 26 } as const;

/** A close that somebody must know of; `undefined` for one that is no error. */
export function closeError(reason: CloseReason): ErrorType | undefined {
  switch (reason) {
    case "clean":
    case "goaway":
      return undefined;
    case "idle_timeout":
      return "timeout";
    case "transport_lost":
    case "protocol_violation":
    case "unauthorized":
    case "internal":
      return reason;
    case "overload":
    case "other":
      return "other";
  }
}

const byCode: Readonly<Record<LiteErrorCode, ErrorType>> = {
  [LiteErrorCode.protocolViolation]: "protocol_violation",
  [LiteErrorCode.decode]: "decode_error",
  [LiteErrorCode.boundsExceeded]: "protocol_violation",
  [LiteErrorCode.notFound]: "not_found",
  [LiteErrorCode.unauthorized]: "unauthorized",
  [LiteErrorCode.versionMismatch]: "version_mismatch",
  [LiteErrorCode.old]: "other",
  [LiteErrorCode.timeout]: "timeout",
  [LiteErrorCode.cancelled]: "other",
  [LiteErrorCode.streamReset]: "upstream_failed",
  [LiteErrorCode.transportClosed]: "transport_lost",
  [LiteErrorCode.connectFailed]: "transport_lost",
  [LiteErrorCode.unsupported]: "protocol_violation",
  [LiteErrorCode.internal]: "internal",
};
/** 30: no route for the path. */
const unroutable = 30;

export function errorType(error: LiteError): ErrorType {
  return error.code === LiteErrorCode.notFound && error.wireCode === unroutable ? "unroutable" : byCode[error.code];
}

/** How an attempt ended that never became a session. */
export function failedResult({ code }: LiteError, closed: TransportClosed): ConnectionResult {
  if (code === LiteErrorCode.versionMismatch || code === LiteErrorCode.unauthorized) return code;
  const gone = code === LiteErrorCode.transportClosed || code === LiteErrorCode.connectFailed;
  return gone && !violations.has(closed.code) ? "transport_error" : "setup_error";
}
