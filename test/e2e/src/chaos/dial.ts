import { type ConnectOptions, connect, type Session, TransportMemory } from "@moqscope/lite";
import { type NodeWebSocket, nodeWebSocket, quicOpener } from "@moqscope/lite/node";
import { connectQuic } from "@moqscope/quic";

/** A session that can be mistreated. */
export interface Dialled {
  readonly session: Session;
  /** Ends the connection without a word. */
  cut(): void;
  /** Takes nothing from the network, or takes it again; only a WebSocket can. */
  hold?(held: boolean): void;
  /** Sends what no peer may send; only a WebSocket can. */
  send?(message: Uint8Array<ArrayBuffer>): void;
}

const Socket = nodeWebSocket as unknown as new (url: string, protocols: string[]) => NodeWebSocket;

export async function dialWebSocket(url: string, options: ConnectOptions): Promise<Dialled> {
  let socket: NodeWebSocket | undefined;
  const keep = (made: NodeWebSocket): void => void (socket = made);
  const webSocket = class extends Socket {
    constructor(to: string, protocols: string[]) {
      super(to, protocols);
      keep(this);
    }
  };
  const session = await connect(url, { ...options, webSocket, webTransport: false });
  return {
    session,
    cut: () => socket?.terminate(),
    hold: (held) => (held ? socket?.pause() : socket?.resume()),
    send: (message) => {
      if (socket?.readyState === 1) socket.send(message);
    },
  };
}

export async function dialQuic(url: string, options: ConnectOptions): Promise<Dialled> {
  const webTransport = quicOpener({ connectQuic }, { trust: "none" });
  const session = await connect(url.replace(/^ws:/, "https:"), {
    ...options,
    webTransport,
    webSocket: false,
    memory: new TransportMemory(),
  });
  // QUIC has no way to vanish from inside the process: an error code is as near as it gets.
  return { session, cut: () => session.close(4, "cut") };
}
