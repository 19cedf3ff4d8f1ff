import { WebSocket } from "ws";

/** A constructor of WebSockets that offer only what is under test, and what came of them. */
export interface RestrictedSocket {
  readonly Constructor: new (url: string | URL, protocols?: string | string[]) => WebSocket;
  /** What the client wanted to offer, each time it dialled. */
  readonly wanted: string[][];
  /** Cuts every connection at once, without a word. */
  readonly cut: () => void;
}

/** `offer` is the one subprotocol that is left of what a client offers; `""` leaves none, so that the header is missing. */
export function restrictedSocket(offer: string): RestrictedSocket {
  const wanted: string[][] = [];
  const sockets: WebSocket[] = [];
  class Restricted extends WebSocket {
    constructor(url: string | URL, protocols: string | string[] = []) {
      super(url, offer === "" ? [] : [offer], { perMessageDeflate: false });
      wanted.push([protocols].flat());
      sockets.push(this);
    }
  }
  return {
    Constructor: Restricted,
    wanted,
    cut() {
      for (const socket of sockets) socket.terminate();
    },
  };
}
