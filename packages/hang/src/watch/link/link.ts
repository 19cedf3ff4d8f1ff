import {
  type Broadcast,
  type Clock,
  type ConnectPhase,
  LiteError,
  reconnect,
  type Session,
  type SessionMeter,
  type TransportChoice,
  toPath,
} from "@moqscope/lite";
import { type TransportLabel, transportLabel } from "../../measure/transport-label.ts";
import type { ConnectResult } from "../measure/instruments.ts";

/** What a player learns of its relay and its broadcast, in order. */
export interface LinkEvents {
  connecting(attempt: number): void;
  /** A step of connecting ended, so long after the one before: `connect` when the transport is ready, `setup` when MoQ is. */
  phase(phase: ConnectPhase, elapsedMs: number): void;
  /** Which transport the session that follows has, and why. */
  chosen(choice: TransportChoice): void;
  attempted(attempt: { readonly transport: TransportLabel; readonly result: ConnectResult; readonly elapsedMs: number }): void;
  connected(session: Session): void;
  /** The broadcast is announced. A new object each time: the old one is over. */
  online(broadcast: Broadcast): void;
  offline(): void;
  /** The session is over or could not be had; it is tried again. */
  lost(error: unknown, retryInMs: number): void;
}
export interface LinkOptions {
  readonly url: string;
  /** Path of the broadcast. */
  readonly name: string;
  readonly clock: Clock;
  readonly meter: SessionMeter;
  readonly events: LinkEvents;
}
/** A hold on a relay: reconnects until it is closed. */
export interface Link {
  close(): void;
}
export type OpenLink = (options: LinkOptions) => Link;

/** Connects with the session layer's own reconnecting. */
export const openRelayLink: OpenLink = ({ url, name, clock, meter, events }) => {
  const stop = new AbortController();
  let wasConnected = false;
  /** Ends with the session whose broadcast is followed. */
  let following = new AbortController();
  const reconnecting = reconnect(url, {
    clock,
    meter,
    signal: stop.signal,
    probe: true,
    onPhase: (phase, elapsedMs) => events.phase(phase, elapsedMs),
    onTransport: (choice) => events.chosen(choice),
    onAttempt: ({ transport, result, elapsedMs }) => events.attempted({ transport: transportLabel(transport), result, elapsedMs }),
  });
  /** A session that GOAWAY ended is followed on until the next one has the broadcast. */
  const follow = (session: Session, before: AbortController): AbortController => {
    const own = new AbortController();
    const online = (broadcast: Broadcast): void => {
      before.abort();
      events.online(broadcast);
    };
    void followBroadcast(session, name, AbortSignal.any([stop.signal, own.signal]), { ...events, online });
    return own;
  };
  const run = async () => {
    let attempt = 0;
    for await (const status of reconnecting.status()) {
      if (stop.signal.aborted) return;
      switch (status.kind) {
        case "connecting":
          events.connecting(attempt++);
          break;
        case "connected":
          wasConnected = true;
          events.connected(status.session);
          following = follow(status.session, following);
          break;
        case "waiting":
          events.lost(status.error, status.retryInMs);
          break;
        case "closed":
          if (!wasConnected) events.lost(undefined, 0);
          return;
      }
    }
  };
  // The iterator only ends; what goes wrong with a connection is one of its states.
  run().catch((error: unknown) => events.lost(error, 0));
  return {
    close() {
      stop.abort();
      reconnecting.close();
    },
  };
};

async function followBroadcast(session: Session, name: string, signal: AbortSignal, events: LinkEvents): Promise<void> {
  const path = toPath(name);
  try {
    for await (const announcement of session.announced(path, { signal })) {
      if (announcement.path !== path || signal.aborted) continue;
      if (announcement.kind === "active") events.online(session.broadcast(path));
      else events.offline();
    }
  } catch (error) {
    // A session that is over is told by the connection's status; an announcement stream that breaks alone leaves the player where it is.
    if (error instanceof LiteError && error.code === "unauthorized") events.lost(error, 0);
  }
}
