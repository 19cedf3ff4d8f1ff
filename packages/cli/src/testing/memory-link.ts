import { type Clock, Origin, type Session, startSession, type Transport } from "@moqscope/lite";
import { memoryTransportPair } from "@moqscope/lite/testing";
import type { Connect } from "../link.ts";

/** The other side of a link in memory: what a test uses as relay. */
export interface MemoryPeer {
  readonly connect: Connect;
  /** What the peer offers. */
  readonly origin: Origin;
  /** Its sessions, in order; the transport of ours beside each, to be cut. */
  readonly sessions: readonly { readonly peer: Session; readonly near: Transport }[];
}
export function memoryPeer(clock: Clock): MemoryPeer {
  const sessions: { readonly peer: Session; readonly near: Transport }[] = [];
  const origin = new Origin();
  return {
    origin,
    sessions,
    async connect(_url, options) {
      const [near, far] = memoryTransportPair({ clock });
      const session = startSession(near, { role: "client", clock, ...(options.publish ? { publish: options.publish } : {}) });
      const peer = startSession(far, { role: "server", publish: origin, clock });
      sessions.push({ peer, near });
      await session.ready;
      return session;
    },
  };
}
