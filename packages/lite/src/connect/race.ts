import type { Clock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { toLiteError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import type { Transport, TransportKind } from "../transport/transport.ts";

/** How one attempt to connect, over one transport, ended; `cancelled` also when another transport was faster. */
export interface ConnectAttempt {
  readonly transport: TransportKind;
  readonly result: "ok" | "timeout" | "transport_error" | "setup_error" | "unauthorized" | "cancelled";
  readonly elapsedMs: number;
}
/** One way to the server. */
export interface Route {
  readonly kind: TransportKind;
  open(signal: AbortSignal): Promise<Transport>;
}
export interface RaceOptions {
  /** The one we like best first. */
  readonly routes: readonly Route[];
  /** For how long the first is tried alone, milliseconds; `undefined`: until it fails. */
  readonly headStartMs: number | undefined;
  /** Ends the race with its reason. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The first transport that is open; `hasOther` while another route is left if this one fails. Rejects with `LiteError`. */
  readonly setUp: (transport: Transport, signal: AbortSignal, hasOther: boolean) => Promise<Session>;
  readonly attempted: (attempt: ConnectAttempt) => void;
}
export interface RaceResult {
  readonly session: Session;
  readonly route: Route;
  /** Routes that failed before, and how. */
  readonly failures: ReadonlyMap<Route, LiteError>;
}

/**
 * Tries routes in order: the second begins when the first has failed, or has had its head start. The first that is open ends the
 * others; where its SETUP fails, what is left is tried. Rejects with the last failure.
 */
export function race(options: RaceOptions): Promise<RaceResult> {
  return new Race(options).run();
}

class Race {
  readonly #options: RaceOptions;
  readonly #left: Route[];
  readonly #running = new Map<Route, AbortController>();
  readonly #failures = new Map<Route, LiteError>();
  readonly #result = Promise.withResolvers<RaceResult>();
  #first: Route | undefined;
  #over = false;
  #cancelHeadStart = (): void => {};
  constructor(options: RaceOptions) {
    this.#options = options;
    this.#left = [...options.routes];
  }
  run(): Promise<RaceResult> {
    const { clock, headStartMs } = this.#options;
    this.#next();
    if (headStartMs !== undefined && this.#left.length > 0) this.#cancelHeadStart = clock.after(headStartMs, () => this.#next());
    return this.#result.promise;
  }
  #next(): void {
    this.#cancelHeadStart();
    const route = this.#left.shift();
    if (route) void this.#try(route); // Never rejects.
  }
  async #try(route: Route): Promise<void> {
    const { clock, signal: outer } = this.#options;
    const startMs = clock.now();
    const stop = new AbortController();
    this.#running.set(route, stop);
    const signal = AbortSignal.any([outer, stop.signal]);
    const tell = (result: ConnectAttempt["result"]): void =>
      this.#options.attempted({ transport: route.kind, result, elapsedMs: clock.now() - startMs });
    try {
      const transport = await route.open(signal);
      if (signal.aborted) {
        transport.close();
        throw signal.reason;
      }
      this.#claim(route);
      const session = await this.#options.setUp(transport, signal, this.#left.length > 0);
      this.#over = true;
      tell("ok");
      this.#result.resolve({ session, route, failures: this.#failures });
    } catch (cause) {
      this.#running.delete(route);
      tell(resultOf(cause, this.#first === route, signal));
      this.#failed(route, cause, stop.signal.aborted);
    }
  }
  /** It is open: the others are ended, and come again only if it fails yet. */
  #claim(route: Route): void {
    this.#first = route;
    this.#cancelHeadStart();
    for (const [other, stop] of this.#running) {
      if (other === route) continue;
      this.#left.push(other);
      stop.abort(new LiteError(LiteErrorCode.cancelled, `${route.kind} was open first`));
    }
  }
  #failed(route: Route, cause: unknown, lost: boolean): void {
    const { signal } = this.#options;
    if (this.#over) return;
    if (signal.aborted) return this.#reject(signal.reason);
    if (lost) return;
    const error = toLiteError(cause);
    this.#failures.set(route, error);
    if (this.#first === route) this.#first = undefined;
    if (error.code === LiteErrorCode.unauthorized) return this.#reject(error);
    if (this.#first) return;
    if (this.#left.length > 0) this.#next();
    else if (this.#running.size === 0) this.#reject(error);
  }
  #reject(reason: unknown): void {
    this.#over = true;
    this.#cancelHeadStart();
    this.#result.reject(reason as Error);
    for (const stop of this.#running.values()) stop.abort(reason);
  }
}

function resultOf(cause: unknown, opened: boolean, signal: AbortSignal): ConnectAttempt["result"] {
  const code = cause instanceof LiteError ? cause.code : undefined;
  if (code === LiteErrorCode.timeout) return "timeout";
  if (signal.aborted) return "cancelled";
  if (code === LiteErrorCode.unauthorized) return "unauthorized";
  if (code === LiteErrorCode.versionMismatch) return "setup_error";
  return opened ? "setup_error" : "transport_error";
}
