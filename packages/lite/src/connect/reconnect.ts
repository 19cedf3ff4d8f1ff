import { systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { withSignal } from "../session/deadline.ts";
import { toLiteError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import type { TransportClosed } from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { sharedMemory } from "./memory.ts";

export type ConnectionStatus =
  | { readonly kind: "connecting" /** 1 is the first since the last success. */; readonly attempt: number }
  | { readonly kind: "connected"; readonly session: Session }
  | { readonly kind: "waiting"; readonly retryInMs: number; readonly error: LiteError }
  | { readonly kind: "closed" /** Why it gave up; absent when it was closed by us. */; readonly error?: LiteError };

export interface ReconnectOptions extends ConnectOptions {
  /** Milliseconds without a session after which it gives up; default never. */
  readonly giveUpAfterMs?: number;
  /** Default `connect`. */
  readonly connect?: (url: string | URL, options: ConnectOptions) => Promise<Session>;
  /** 0 up to, not including, 1; default `Math.random`. */
  readonly random?: () => number;
}
/** A connection that is made again whenever it is lost. */
export interface Reconnecting {
  readonly current: Session | undefined;
  /** The status now, then each change; a slow reader sees the newest only. Ends after `closed`. */
  status(): AsyncIterable<ConnectionStatus>;
  close(): void;
}

const firstDelayMs = 1000;
const maxDelayMs = 5000;
/** For how long a session that GOAWAY ended lives on beside the next one, so that what is read can move before it ends. */
const handoverMs = 2000;

/**
 * Keeps a session to `url`; moves on to where GOAWAY says, trying as long as the old session lives, keeps that for 2 s beside the new one,
 * and comes back to `url` when the new one is lost.
 * Waits 1 s, doubled up to 5 s, jittered down to its half, between attempts; not at all when WebTransport fell silent, which is
 * remembered, so that the next session is a WebSocket.
 */
export function reconnect(url: string | URL, options: ReconnectOptions = {}): Reconnecting {
  const connection = new Connection(url, options);
  void connection.run(); // Ends by `close`; never rejects.
  return connection;
}

class Connection implements Reconnecting {
  readonly #url: string | URL;
  readonly #options: ReconnectOptions;
  readonly #stop = new AbortController();
  #status: ConnectionStatus = { kind: "connecting", attempt: 1 };
  #waiting: (() => void)[] = [];
  /** Sessions that were left and are not over yet. */
  readonly #left = new Set<Session>();
  constructor(url: string | URL, options: ReconnectOptions) {
    this.#url = url;
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted) this.close();
    else signal?.addEventListener("abort", () => this.close(), { once: true, signal: this.#stop.signal });
  }
  get current(): Session | undefined {
    return this.#status.kind === "connected" ? this.#status.session : undefined;
  }
  async *status(): AsyncGenerator<ConnectionStatus, void> {
    let seen: ConnectionStatus | undefined;
    while (true) {
      const status = this.#status;
      if (status === seen) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      seen = status;
      yield status;
      if (status.kind === "closed") return;
    }
  }
  close(): void {
    if (this.#status.kind === "closed") return;
    this.current?.close();
    for (const session of this.#left) session.close();
    this.#set({ kind: "closed" });
    this.#stop.abort(new LiteError(LiteErrorCode.cancelled, "connection was closed"));
  }
  async run(): Promise<void> {
    const clock = this.#options.clock ?? systemClock;
    const { giveUpAfterMs = Number.POSITIVE_INFINITY } = this.#options;
    let lostMs = clock.now();
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      const { error, atOnce } = await this.#attempt(attempt, () => {
        attempt = 0;
      });
      if (this.#stop.signal.aborted) return;
      if (attempt === 0) lostMs = clock.now();
      const retryInMs = atOnce ? 0 : this.#delay(attempt);
      if (clock.now() + retryInMs - lostMs > giveUpAfterMs) {
        this.#set({ kind: "closed", error });
        return this.#stop.abort(error);
      }
      this.#set({ kind: "waiting", retryInMs, error });
      await this.#sleep(retryInMs);
    }
  }
  /** Connects and stays until the session ends; says why there is none any more. */
  async #attempt(attempt: number, connected: () => void): Promise<Ended> {
    try {
      this.#set({ kind: "connecting", attempt });
      let stay = await this.#open(this.#url);
      connected();
      for (let next = await this.#moved(stay); next; next = await this.#moved(stay)) {
        this.#leave(stay.session);
        stay = next;
      }
      const closed = await stay.session.closed;
      const message = `session closed by ${closed.by}: ${closed.reason || `code ${closed.code}`}`;
      const error = new LiteError(LiteErrorCode.transportClosed, message, { wireCode: closed.code });
      return { error, atOnce: this.#hasOtherTransport(stay, closed) };
    } catch (error) {
      return { error: toLiteError(error), atOnce: false };
    }
  }
  /** A WebTransport session that fell silent: UDP may be dropped, so the next one is a WebSocket, and nothing is gained by waiting. */
  #hasOtherTransport({ session, url }: Stay, closed: TransportClosed): boolean {
    const silent = closed.by === "lost" || (closed.by === "local" && closed.code === WireCode.timeout);
    if (!silent || session.transport.kind !== "webtransport") return false;
    (this.#options.memory ?? sharedMemory).failed(url);
    return true;
  }
  async #open(url: string | URL): Promise<Stay> {
    const goaway = Promise.withResolvers<string>();
    const onGoaway = (uri: string): void => {
      goaway.resolve(uri);
      this.#options.onGoaway?.(uri);
    };
    const open = this.#options.connect ?? connect;
    const session = await open(url, { ...this.#options, onGoaway, signal: this.#stop.signal });
    if (this.#stop.signal.aborted) session.close();
    else this.#set({ kind: "connected", session });
    return { url, session, goaway: goaway.promise };
  }
  /** Where GOAWAY sent us; `undefined` when the session has ended, whether or not it asked us to go. */
  async #moved({ url, session, goaway }: Stay): Promise<Stay | undefined> {
    const uri = await Promise.race([goaway, session.closed.then(() => undefined)]);
    if (uri === undefined || this.#stop.signal.aborted) return undefined;
    let isOver = false;
    const over = session.closed.then(() => {
      isOver = true;
    });
    for (let attempt = 1; !isOver && !this.#stop.signal.aborted; attempt++) {
      try {
        return await this.#open(target(uri, url));
      } catch {
        // The old session may live on; when it ends, `url` is tried again, and why that fails is told.
        await Promise.race([over, this.#sleep(this.#delay(attempt))]);
      }
    }
    return undefined;
  }
  /** Ends a session when what was read there has had the time to move. */
  #leave(session: Session): void {
    const clock = this.#options.clock ?? systemClock;
    this.#left.add(session);
    const cancel = clock.after(handoverMs, () => session.close());
    void session.closed.then(() => {
      cancel();
      this.#left.delete(session);
    });
  }
  #delay(attempt: number): number {
    const full = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.max(0, attempt - 1));
    return full * (0.5 + (this.#options.random ?? Math.random)() / 2);
  }
  async #sleep(delayMs: number): Promise<void> {
    const clock = this.#options.clock ?? systemClock;
    let cancel = (): void => {};
    const slept = new Promise<void>((resolve) => {
      cancel = clock.after(delayMs, resolve);
    });
    try {
      await withSignal(slept, this.#stop.signal);
    } catch {
      // Closed while waiting: the loop sees it.
    } finally {
      cancel();
    }
  }
  #set(status: ConnectionStatus): void {
    if (this.#status.kind === "closed") return;
    this.#status = status;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Why there is no session any more, and whether another is tried without waiting. */
interface Ended {
  readonly error: LiteError;
  readonly atOnce: boolean;
}

/** A session and where it is. */
interface Stay {
  readonly url: string | URL;
  readonly session: Session;
  readonly goaway: Promise<string>;
}

const encrypted: ReadonlySet<string> = new Set(["https:", "wss:"]);

/** Where GOAWAY leads: what it names, relative to where we are; there itself when it names nothing usable, or would give up encryption. */
function target(uri: string, from: string | URL): string | URL {
  const [next, now] = [URL.parse(uri, from), URL.parse(from)];
  if (uri === "" || !next || !["http:", "https:", "ws:", "wss:"].includes(next.protocol)) return from;
  return now && encrypted.has(now.protocol) && !encrypted.has(next.protocol) ? from : next;
}
