import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Direction, Flow, Flows } from "./flow.ts";
import { kernelDrops } from "./kernel-drops.ts";
import type { Lane } from "./lane.ts";

export interface Endpoint {
  /** An address, not a name. */
  readonly host: string;
  readonly port: number;
}
interface Session {
  readonly flow: Flow;
  readonly socket: Socket;
  lastMs: number;
}
/** A client that is silent for so long has gone. */
const idleMs = 120_000;
/** As large as the kernel allows: what finds no room in it is lost before the proxy sees it. */
const bufferBytes = 4 * 1024 * 1024;

/** Forwards datagrams: each client address gets a socket of its own towards the target, as behind a NAT. */
export class UdpProxy {
  readonly port: number;
  readonly #server: Socket;
  readonly #target: Endpoint;
  readonly #lane: Lane;
  readonly #flows: Flows;
  readonly #sessions = new Map<string, Session>();
  readonly #sweep: NodeJS.Timeout;
  /** Of sockets that are closed. */
  #endedDrops = 0;
  #closed = false;
  private constructor(server: Socket, options: { readonly target: Endpoint; readonly lane: Lane; readonly flows: Flows }) {
    this.#server = server;
    this.#target = options.target;
    this.#lane = options.lane;
    this.#flows = options.flows;
    this.port = server.address().port;
    server.on("message", (data, { address, port }) => this.#fromClient(data, { host: address, port }));
    // A client whose port is shut: nothing of ours is wrong.
    server.on("error", () => {});
    this.#sweep = setInterval(() => this.#endIdle(), 10_000).unref();
  }
  static async listen(at: Endpoint, options: { readonly target: Endpoint; readonly lane: Lane; readonly flows: Flows }): Promise<UdpProxy> {
    const server = newSocket(at.host);
    // Asked before, because addresses are looked up at once.
    const listening = once(server, "listening");
    server.bind(at.port, at.host);
    await listening;
    return new UdpProxy(server, options);
  }
  /** Datagrams that the kernel dropped on the way into the proxy since its start; `undefined` where it does not tell. */
  get kernelDrops(): number | undefined {
    const ports = [this.port, ...[...this.#sessions.values()].map(({ socket }) => localPort(socket))];
    const open = kernelDrops(ports);
    return open === undefined ? undefined : open + this.#endedDrops;
  }
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const key of this.#sessions.keys()) this.#end(key);
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
  #fromClient(data: Buffer, client: Endpoint): void {
    const key = `${client.host}:${client.port}`;
    const session = this.#sessions.get(key) ?? this.#begin(key, client);
    session.lastMs = this.#lane.now();
    this.#offer("up", session, data, () => session.socket.send(data, this.#target.port, this.#target.host));
  }
  #begin(key: string, client: Endpoint): Session {
    const socket = newSocket(this.#target.host);
    const session: Session = { flow: this.#flows.begin("udp", key), socket, lastMs: this.#lane.now() };
    this.#sessions.set(key, session);
    // The target's port is shut, which the client sees as silence.
    socket.on("error", () => {});
    socket.on("message", (data) => {
      session.lastMs = this.#lane.now();
      this.#offer("down", session, data, () => this.#server.send(data, client.port, client.host));
    });
    return session;
  }
  #offer(direction: Direction, { flow }: Session, data: Buffer, send: () => void): void {
    const deliver = (): boolean => {
      if (this.#closed || !flow.open) return false;
      send();
      return true;
    };
    // An empty datagram is a datagram too.
    this.#lane.offer(direction, { bytes: Math.max(1, data.byteLength), deliver, flow: flow[direction] });
  }
  #endIdle(): void {
    const before = this.#lane.now() - idleMs;
    for (const [key, { lastMs }] of this.#sessions) if (lastMs < before) this.#end(key);
  }
  #end(key: string): void {
    const session = this.#sessions.get(key);
    if (!session) return;
    this.#endedDrops += kernelDrops([localPort(session.socket)]) ?? 0;
    this.#sessions.delete(key);
    session.socket.close();
    this.#flows.end(session.flow);
  }
}

function newSocket(host: string): Socket {
  const type = isIPv6(host) ? "udp6" : "udp4";
  const family = type === "udp6" ? 6 : 4;
  return createSocket({
    type,
    recvBufferSize: bufferBytes,
    sendBufferSize: bufferBytes,
    // Only addresses come here, and Node would look each of them up at every datagram.
    lookup: (address, _options, found) => found(null, address, family),
  });
}
function localPort(socket: Socket): number {
  try {
    return socket.address().port;
  } catch {
    // Not bound yet: nothing has come in.
    return 0;
  }
}
