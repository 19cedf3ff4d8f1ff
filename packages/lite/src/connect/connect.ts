import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { Origin } from "../model/origin.ts";
import { deadline, withSignal } from "../session/deadline.ts";
import { toLiteError } from "../session/errors.ts";
import { defaultLimits, type Limits } from "../session/limits.ts";
import type { SessionMeter } from "../session/meter.ts";
import type { PeerSetup, Session } from "../session/session.ts";
import { startSession } from "../session/start.ts";
import { TransportKind } from "../transport/transport.ts";
import { openWebSocket, type WebSocketConstructor } from "./open-socket.ts";

/** How one attempt to connect ended. */
export interface ConnectAttempt {
  readonly transport: TransportKind;
  readonly result: "ok" | "timeout" | "transport_error" | "setup_error" | "unauthorized" | "cancelled";
  readonly elapsedMs: number;
}
export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** What the peer may see; default nothing. */
  readonly publish?: Origin;
  readonly meter?: SessionMeter;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  /** Default: the one of the browser or of Node. */
  readonly webSocket?: WebSocketConstructor;
  readonly onGoaway?: (uri: string) => void;
  /** W3C trace context for SETUP. */
  readonly traceparent?: string;
  /** Asks the peer what it measures of the link, for `Session.link`. */
  readonly probe?: boolean;
  readonly onSetup?: (setup: PeerSetup) => void;
  /** Told when a phase is over: the transport is open, the peer's SETUP was read. */
  readonly onPhase?: (phase: "connect" | "setup", elapsedMs: number) => void;
  readonly onAttempt?: (attempt: ConnectAttempt) => void;
}

/**
 * Connects to a relay and resolves when its SETUP was read. `http` URLs are dialled as `ws`; path and query stay as they are.
 * @throws LiteError `timeout`, `connect_failed`, `unauthorized`, `version_mismatch`, `transport_closed`, or the signal's reason.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Session> {
  const clock = options.clock ?? systemClock;
  const startMs = clock.now();
  const waitMs = { ...defaultLimits, ...options.limits }.handshakeMs;
  const limit = deadline(clock, waitMs, { what: `connecting to ${withoutQuery(url)}`, signal: options.signal });
  let phase: "connect" | "setup" = "connect";
  const tell = (result: ConnectAttempt["result"]): void =>
    options.onAttempt?.({ transport: TransportKind.websocket, result, elapsedMs: clock.now() - startMs });
  try {
    const transport = await openWebSocket(url, { signal: limit.signal, webSocket: options.webSocket, clock, limits: options.limits });
    const connectedMs = clock.now();
    options.onPhase?.("connect", connectedMs - startMs);
    phase = "setup";
    const session = startSession(transport, { ...sessionOptions(options), role: "client", clock });
    try {
      await withSignal(session.ready, limit.signal);
    } catch (error) {
      session.close(0, "not ready in time");
      throw error;
    }
    options.onPhase?.("setup", clock.now() - connectedMs);
    tell("ok");
    return session;
  } catch (error) {
    tell(resultOf(error, phase, options.signal));
    throw options.signal?.aborted ? error : toLiteError(error);
  } finally {
    limit.cancel();
  }
}

function sessionOptions({
  publish,
  meter,
  limits,
  onGoaway,
  traceparent,
  onSetup,
  probe,
}: ConnectOptions): Pick<ConnectOptions, "publish" | "meter" | "limits" | "onGoaway" | "traceparent" | "onSetup" | "probe"> {
  return {
    ...(probe === undefined ? {} : { probe }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(onSetup ? { onSetup } : {}),
    ...(publish ? { publish } : {}),
    ...(meter ? { meter } : {}),
    ...(limits ? { limits } : {}),
    ...(onGoaway ? { onGoaway } : {}),
  };
}
function resultOf(error: unknown, phase: "connect" | "setup", signal: AbortSignal | undefined): ConnectAttempt["result"] {
  if (signal?.aborted) return "cancelled";
  const code = error instanceof LiteError ? error.code : undefined;
  if (code === LiteErrorCode.timeout) return "timeout";
  if (code === LiteErrorCode.unauthorized) return "unauthorized";
  if (code === LiteErrorCode.versionMismatch) return "setup_error";
  return phase === "connect" ? "transport_error" : "setup_error";
}
/** The query may hold a token: it is never told. */
function withoutQuery(url: string | URL): string {
  return String(url).replace(/[?#].*$/, "");
}
