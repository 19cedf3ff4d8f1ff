import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { Origin } from "../model/origin.ts";
import { deadline, withSignal } from "../session/deadline.ts";
import { toLiteError } from "../session/errors.ts";
import { defaultLimits, type Limits } from "../session/limits.ts";
import type { SessionMeter } from "../session/meter.ts";
import type { PeerSetup, Session, SessionOptions } from "../session/session.ts";
import { startSession } from "../session/start.ts";
import type { Transport } from "../transport/transport.ts";
import { NoFingerprint } from "./certificate.ts";
import { type TransportChoice, TransportReason } from "./choice.ts";
import { sharedMemory, type TransportMemory } from "./memory.ts";
import type { WebSocketConstructor } from "./open-socket.ts";
import type { OpenWebTransport } from "./open-web-transport.ts";
import { type ConnectAttempt, type RaceResult, type Route, race } from "./race.ts";
import { type Routes, routesTo } from "./routes.ts";

/**
 * Parts of connecting, one after another: what to dial is known (with `resolve`, also the host's address), the certificate's
 * fingerprint was asked for (only for `http` URLs, and only until a transport is open), the transport is open, the peer's SETUP was read.
 */
export type ConnectPhase = "resolve" | "certificate" | "connect" | "setup";

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** What the peer may see; default nothing. */
  readonly publish?: Origin;
  readonly meter?: SessionMeter;
  /** The same, made when it is known which transport the session runs on; asked once for each that got as far as SETUP. */
  readonly meterFor?: (transport: Transport) => SessionMeter;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  /** Default: the one of the browser or of Node; `false` for WebTransport only. */
  readonly webSocket?: WebSocketConstructor | false;
  /** How WebTransport and raw QUIC are dialled; default the browser's `WebTransport`, `false` for WebSocket only. */
  readonly webTransport?: OpenWebTransport | false;
  /** For how long WebTransport is tried before WebSocket is tried beside it, milliseconds; default 500. */
  readonly headStartMs?: number;
  /** Where it is remembered that WebTransport failed; default one for the whole page or process. */
  readonly memory?: TransportMemory;
  /** Looks the host up ahead, for the phase `resolve` to be told apart; browsers cannot. */
  readonly resolve?: (hostname: string) => Promise<unknown>;
  readonly onGoaway?: (uri: string) => void;
  /** W3C trace context for SETUP. */
  readonly traceparent?: string;
  /** Our name in a cluster, for SETUP. */
  readonly node?: string;
  /** Asks the peer what it measures of the link, for `Session.link`. */
  readonly probe?: boolean;
  readonly onSetup?: (setup: PeerSetup) => void;
  /** Told when a phase is over, and how long it took since the one before. */
  readonly onPhase?: (phase: ConnectPhase, elapsedMs: number) => void;
  /** Told once for each transport that was tried. */
  readonly onAttempt?: (attempt: ConnectAttempt) => void;
  /** Told once, before `connect` resolves. */
  readonly onTransport?: (choice: TransportChoice) => void;
}
const defaultHeadStartMs = 500;
/** What SETUP may take, milliseconds, while there is another transport to try. */
const setupWithFallbackMs = 3000;

/**
 * Connects to a relay and resolves when its SETUP was read. `https` and `http` URLs are dialled by WebTransport, and by WebSocket when
 * that fails or is not open after its head start; `ws`, `wss`, `moqt` and `moql` say what to dial. Path and query stay as they are.
 * @throws LiteError `timeout`, `connect_failed`, `unauthorized`, `version_mismatch`, `transport_closed`, or the signal's reason.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Session> {
  const { clock = systemClock, memory = sharedMemory, signal, headStartMs = defaultHeadStartMs } = options;
  const phases = new Phases(clock, options.onPhase);
  const waitMs = { ...defaultLimits, ...options.limits }.handshakeMs;
  const limit = deadline(clock, waitMs, { what: `connecting to ${withoutQuery(url)}`, signal });
  try {
    const routes = routesTo(url, {
      webSocket: options.webSocket,
      webTransport: options.webTransport,
      limits: options.limits,
      clock,
      certificate: () => phases.over("certificate"),
    });
    if (!routes.quic && !routes.socket)
      throw new LiteError(LiteErrorCode.unsupported, `no transport is left to dial ${withoutQuery(url)} by`);
    await lookUp(url, options, limit.signal);
    phases.over("resolve");
    const remembered = routes.quic !== undefined && routes.socket !== undefined && memory.avoids(url);
    const won = await race({
      routes: (remembered ? [routes.socket, routes.quic] : [routes.quic, routes.socket]).filter((route) => route !== undefined),
      headStartMs: remembered ? undefined : headStartMs,
      signal: limit.signal,
      clock,
      setUp: (transport, raceSignal, hasOther) => {
        phases.over("connect");
        return setUp(transport, { url, options, clock, signal: raceSignal, limitMs: hasOther ? setupWithFallbackMs : waitMs });
      },
      attempted: (attempt) => options.onAttempt?.(attempt),
    });
    phases.over("setup");
    const choice = choose(won, routes, remembered);
    remember(memory, url, choice);
    options.onTransport?.(choice);
    return won.session;
  } catch (error) {
    throw signal?.aborted ? error : toLiteError(error);
  } finally {
    limit.cancel();
  }
}

/** Times what follows on each other. */
class Phases {
  readonly #clock: Clock;
  readonly #told: ConnectOptions["onPhase"];
  readonly #over = new Set<ConnectPhase>();
  #sinceMs: number;
  constructor(clock: Clock, told: ConnectOptions["onPhase"]) {
    this.#clock = clock;
    this.#told = told;
    this.#sinceMs = clock.now();
  }
  /** Once each, and in order: what ends after a later one is told no more. */
  over(phase: ConnectPhase): void {
    if (this.#over.has(phase) || (phase === "certificate" && this.#over.has("connect"))) return;
    this.#over.add(phase);
    const now = this.#clock.now();
    this.#told?.(phase, now - this.#sinceMs);
    this.#sinceMs = now;
  }
}

async function lookUp(url: string | URL, { resolve }: ConnectOptions, signal: AbortSignal): Promise<void> {
  if (!resolve) return;
  const { hostname } = new URL(url);
  try {
    await withSignal(resolve(hostname), signal);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new LiteError(LiteErrorCode.connectFailed, `host "${hostname}" is not known`, { cause });
  }
}

interface SetUpOptions {
  readonly url: string | URL;
  readonly options: ConnectOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limitMs: number;
}
async function setUp(transport: Transport, { url, options, clock, signal, limitMs }: SetUpOptions): Promise<Session> {
  const limit = deadline(clock, limitMs, { what: `SETUP over ${transport.kind}`, signal });
  const session = startSession(transport, { ...sessionOptions(options, transport, url), role: "client", clock });
  try {
    await withSignal(session.ready, limit.signal);
    return session;
  } catch (error) {
    session.close(0, "not ready in time");
    throw error;
  } finally {
    limit.cancel();
  }
}

function sessionOptions(options: ConnectOptions, transport: Transport, url: string | URL): Omit<SessionOptions, "role" | "clock"> {
  const { publish, limits, onGoaway, traceparent, node, onSetup, probe } = options;
  const meter = options.meterFor?.(transport) ?? options.meter;
  const { pathname, search } = new URL(url);
  return {
    ...(probe === undefined ? {} : { probe }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(node === undefined ? {} : { node }),
    ...(onSetup ? { onSetup } : {}),
    ...(publish ? { publish } : {}),
    ...(meter ? { meter } : {}),
    ...(limits ? { limits } : {}),
    ...(onGoaway ? { onGoaway } : {}),
    // A browser takes 30 s to notice that UDP is dropped; over TCP there is nothing better to fall back to.
    watchesSilence: transport.kind === "webtransport" || transport.kind === "quic",
    // Raw QUIC has no URL of its own (webtransport §7).
    ...(transport.kind === "quic" ? { path: pathname + search } : {}),
  };
}

function choose({ route, failures }: RaceResult, routes: Routes, remembered: boolean): TransportChoice {
  const { kind } = route;
  const failure = (other: Route | undefined): LiteError | undefined => (other ? failures.get(other) : undefined);
  if (routes.requested) return { kind, reason: TransportReason.requested };
  if (route === routes.quic) {
    const socketError = failure(routes.socket);
    if (!socketError) return { kind, reason: TransportReason.preferred };
    return { kind, reason: TransportReason.websocketFailed, detail: socketError.message };
  }
  if (routes.whyNoQuic !== undefined) return { kind, reason: TransportReason.webtransportUnavailable, detail: routes.whyNoQuic };
  const quicError = failure(routes.quic);
  if (quicError instanceof NoFingerprint && quicError.absent)
    return { kind, reason: TransportReason.webtransportUnavailable, detail: quicError.message };
  if (quicError) return { kind, reason: TransportReason.webtransportFailed, detail: quicError.message };
  return { kind, reason: remembered ? TransportReason.remembered : TransportReason.faster };
}
function remember(memory: TransportMemory, url: string | URL, { kind, reason }: TransportChoice): void {
  if (kind === "webtransport") memory.worked(url);
  else if (reason === TransportReason.webtransportFailed || reason === TransportReason.faster) memory.failed(url);
}
/** The query may hold a token: it is never told. */
function withoutQuery(url: string | URL): string {
  return String(url).replace(/[?#].*$/, "");
}
