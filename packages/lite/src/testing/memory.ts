import { type Clock, systemClock } from "../clock.ts";
import { framings } from "../qmux/framing.ts";
import type { MessageSocket, SocketEvents } from "../qmux/socket.ts";
import { QmuxTransport } from "../qmux/transport.ts";
import type { TransportLimits } from "../transport/limits.ts";
import type { LinkStats, Transport } from "../transport/transport.ts";

export interface MemoryTransportOptions {
  /** Default `moq-lite-05`. */
  readonly protocol?: string;
  /** Default the newest. */
  readonly framing?: string;
  readonly clock?: Clock;
  readonly limits?: Partial<TransportLimits>;
  /** What `stats()` says of the link beside what pings measure. */
  readonly kernel?: () => LinkStats | undefined;
}

/** Two ends of one link in memory, speaking QMux to each other like two ends of a WebSocket. */
export function memoryTransportPair(options: MemoryTransportOptions = {}): [client: Transport, server: Transport] {
  const [near, far] = memorySocketPair();
  return [memoryTransport("client", near, options), memoryTransport("server", far, options)];
}

/** A transport on one end of a memory link. */
export function memoryTransport(role: "client" | "server", socket: MessageSocket, options: MemoryTransportOptions = {}): Transport {
  const framing = framings.find(({ name }) => name === options.framing) ?? framings[0];
  if (!framing) throw new RangeError("there is no framing");
  const { clock = systemClock, limits, protocol = "moq-lite-05", kernel } = options;
  return new QmuxTransport({ role, socket, framing, protocol, kind: "memory", clock, limits, kernel });
}

/** One end of a link in memory, for tests that look at the messages or hold them back. */
export class MemorySocket implements MessageSocket {
  /** The other end. */
  peer: MemorySocket | undefined;
  /** While true nothing is delivered and `bufferedBytes` grows. */
  blocked = false;
  /** Every message sent from here, if set. */
  sent: Uint8Array[] | undefined;
  #events: SocketEvents | undefined;
  #queue: { readonly message: Uint8Array; readonly written: (() => void) | undefined }[] = [];
  #inbox: Uint8Array[] = [];
  #waiting: (() => void) | undefined;
  #closed = false;
  get bufferedBytes(): number {
    return this.#queue.reduce((sum, { message }) => sum + message.byteLength, 0);
  }
  listen(events: SocketEvents): void {
    this.#events = events;
    for (const message of this.#inbox.splice(0)) queueMicrotask(() => events.message(message));
  }
  send(message: Uint8Array<ArrayBuffer>, written?: () => void): boolean {
    if (this.#closed) return false;
    this.sent?.push(message);
    this.#queue.push({ message, written });
    this.#pump();
    return false;
  }
  whenDrained(callback: () => void): void {
    this.#waiting = callback;
  }
  soon(callback: () => void): void {
    queueMicrotask(callback);
  }
  /** Holds back the other end. */
  hold(held: boolean): void {
    if (!this.peer) return;
    this.peer.blocked = held;
    if (!held) this.peer.#pump();
  }
  /** Lets what was held back go. */
  unblock(): void {
    this.blocked = false;
    this.#pump();
  }
  /** What the other end sends, bypassing its transport. */
  deliver(message: Uint8Array): void {
    if (this.#closed) return;
    if (this.#events) this.#events.message(message);
    else this.#inbox.push(message);
  }
  deliverText(): void {
    this.#events?.text();
  }
  close(): void {
    const { peer } = this;
    this.#end("socket closed");
    if (peer) peer.#end("socket closed");
  }
  abort(): void {
    this.close();
  }
  #pump(): void {
    if (this.blocked) return;
    const { peer } = this;
    for (const { message, written } of this.#queue.splice(0))
      queueMicrotask(() => {
        peer?.deliver(message);
        written?.();
      });
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    queueMicrotask(() => this.#events?.closed(reason));
  }
}

export function memorySocketPair(): [client: MemorySocket, server: MemorySocket] {
  const near = new MemorySocket();
  const far = new MemorySocket();
  near.peer = far;
  far.peer = near;
  return [near, far];
}
