import {
  type Clock,
  type ConnectAttempt,
  type ConnectionStatus,
  type Origin,
  type ReconnectOptions,
  reconnect,
  type Session,
  type SessionMeter,
  systemClock,
} from "@moqscope/lite";
import { dialer, type TransportName } from "./dial.ts";
import { CliError, CliErrorCode } from "./error.ts";

/** How long the first connect may take, unless told otherwise. */
export const defaultConnectTimeoutMs = 10_000;

/** How one session is made. */
export type Connect = NonNullable<ReconnectOptions["connect"]>;

export interface LinkOptions {
  readonly url: string;
  /** Default `auto`: WebTransport where `@moqscope/quic` is there, with WebSocket behind it. */
  readonly transport?: TransportName;
  /** How a session is made instead. */
  readonly connect?: Connect;
  readonly publish?: Origin;
  readonly meter?: SessionMeter;
  /** Told of each try to connect, by transport. */
  readonly onAttempt?: (attempt: ConnectAttempt) => void;
  readonly clock?: Clock;
  /** Milliseconds; default 10 000. Only the first connect gives up: a link that stood once is tried for again for ever. */
  readonly connectTimeoutMs?: number;
  readonly onStatus?: (status: ConnectionStatus) => void;
  readonly onSession?: (session: Session) => void;
}

/** A session with a relay that is opened again whenever it ends. */
export interface Link {
  /** Settles with the first session; rejects with CliError `unreachable`. */
  readonly first: Promise<Session>;
  readonly current: Session | undefined;
  /** Ends the session and stops trying. May be called twice. */
  close(): void;
}

/** Connects and keeps connected. Throws CliError `usage` for an address that no relay can have. */
export function openLink(options: LinkOptions): Link {
  checkUrl(options.url);
  const clock = options.clock ?? systemClock;
  const timeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const first = Promise.withResolvers<Session>();
  // Whoever waits for it hears of a failure; nobody has to wait.
  first.promise.catch(() => undefined);
  let reason = "no answer";
  let closed = false;
  const connection = reconnect(options.url, {
    clock,
    connect: options.connect ?? dialer(options.transport ?? "auto"),
    ...(options.publish ? { publish: options.publish } : {}),
    ...(options.meter ? { meter: options.meter } : {}),
    ...(options.onAttempt ? { onAttempt: options.onAttempt } : {}),
  });
  const giveUp = () => {
    first.reject(new CliError(CliErrorCode.unreachable, `no relay at ${options.url} within ${timeoutMs / 1000} s: ${reason}`));
    connection.close();
  };
  const cancel = clock.after(timeoutMs, giveUp);
  const follow = async () => {
    for await (const status of connection.status()) {
      if (closed) return;
      if (status.kind === "waiting") reason = status.error.message;
      options.onStatus?.(status);
      if (status.kind !== "connected") continue;
      cancel();
      first.resolve(status.session);
      options.onSession?.(status.session);
    }
  };
  follow().then(giveUp, (error: unknown) => {
    reason = error instanceof Error ? error.message : String(error);
    giveUp();
  });
  return {
    first: first.promise,
    get current() {
      return connection.current;
    },
    close() {
      closed = true;
      cancel();
      connection.close();
    },
  };
}
function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && ["http:", "https:", "ws:", "wss:", "moqt:", "moql:"].includes(parsed.protocol)) return;
  throw new CliError(CliErrorCode.usage, `"${url}" is no address of a relay: such as http://localhost:4443`);
}
