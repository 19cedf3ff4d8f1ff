import type { Socket } from "node:net";
import { connect, type Origin, type Session, type WebSocketConstructor } from "@moqscope/lite";
import { WebSocket } from "ws";
import type { Relay } from "../relay.ts";

/** A session whose socket the test holds: to cut it, to stop reading it, to write garbage to it. */
export interface Wired {
  readonly session: Session;
  /** Cuts the TCP connection without a word. */
  kill(): void;
  /** Stays connected, reads and answers nothing more. */
  freeze(): void;
  /** Sends bytes that are no frame. */
  garbage(): void;
}

export async function wire(relay: Relay, path = "", publish?: Origin): Promise<Wired> {
  const made: WebSocket[] = [];
  class Held extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false });
      made.push(this);
    }
  }
  const session = await connect(`${relay.url}/${path}`, {
    webSocket: Held as unknown as WebSocketConstructor,
    ...(publish ? { publish } : {}),
  });
  const [held] = made;
  if (!held) throw new Error("no socket was made");
  return {
    session,
    kill: () => held.terminate(),
    freeze: () => tcpOf(held).pause(),
    garbage: () => held.send(Uint8Array.of(0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 0x88)),
  };
}

/** `ws` keeps its TCP socket here; nothing public gives it. */
function tcpOf(socket: WebSocket): Socket {
  const tcp: unknown = Reflect.get(socket, "_socket");
  return tcp as Socket;
}
