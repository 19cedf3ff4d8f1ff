import type { Clock } from "../clock.ts";
import type { MessageSocket, SocketEvents } from "./socket.ts";

/** What is used of a socket's events. */
export interface WebSocketEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}
/** What the browser's `WebSocket` and `ws` have in common, as far as it is used here. */
export interface WebSocketLike {
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** `ws` can cut. */
  terminate?(): void;
  addEventListener(type: "open" | "error" | "close" | "message", listener: (event: WebSocketEvent) => void): void;
  removeEventListener(type: "open" | "error" | "close" | "message", listener: (event: WebSocketEvent) => void): void;
}
const open = 1;
/** How often a browser's buffer is looked at while it holds something: there is no event for it. */
const pollMs = 4;

/** A message that the browser holds: at which count of bytes it is wholly on its way. */
interface Held {
  readonly atBytes: number;
  readonly written: () => void;
}

/** The adapter over both, made before the socket opens so that no message is missed; `src/node` adds pings and cutting. */
export class WebSocketAdapter implements MessageSocket {
  readonly #socket: WebSocketLike;
  readonly #clock: Clock;
  #events: SocketEvents | undefined;
  /** What came before `listen`: the first messages may arrive in the turn that opens the socket. */
  #early: ((events: SocketEvents) => void)[] = [];
  #handedBytes = 0;
  #held: Held[] = [];
  constructor(socket: WebSocketLike, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      this.#tell((events) => (typeof data === "string" ? events.text() : events.message(toBytes(data))));
    });
    // An error is always followed by close, which carries all that is known.
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", ({ code, reason }) => {
      this.#tell((events) => events.closed(reason ? reason : `socket closed (${code ?? "no code"})`));
    });
  }
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }
  listen(events: SocketEvents): void {
    this.#events = events;
    const early = this.#early;
    this.#early = [];
    if (this.#socket.readyState > open && early.length === 0) early.push((told) => told.closed("socket was closed already"));
    // After the constructor that listens is done.
    if (early.length > 0)
      queueMicrotask(() => {
        for (const tell of early) tell(events);
      });
  }
  #tell(tell: (events: SocketEvents) => void): void {
    if (this.#events) tell(this.#events);
    else this.#early.push(tell);
  }
  send(message: Uint8Array<ArrayBuffer>, written: () => void): boolean {
    if (this.#socket.readyState !== open) return false;
    this.#socket.send(message);
    this.#handedBytes += message.byteLength;
    this.#held.push({ atBytes: this.#handedBytes, written });
    if (this.#held.length === 1) this.#look();
    return false;
  }
  /** `bufferedAmount` tells how much of what was handed over is still here; once the socket has closed it tells nothing any more. */
  #look(): void {
    this.#clock.after(pollMs, () => {
      if (this.#socket.readyState !== open) return;
      const writtenBytes = this.#handedBytes - this.#socket.bufferedAmount;
      const still = this.#held.findIndex(({ atBytes }) => atBytes > writtenBytes);
      const gone = still < 0 ? this.#held.splice(0) : this.#held.splice(0, still);
      if (this.#held.length > 0) this.#look();
      for (const { written } of gone) written();
    });
  }
  whenDrained(callback: () => void): void {
    this.#clock.after(pollMs, callback);
  }
  soon(callback: () => void): void {
    queueMicrotask(callback);
  }
  close(): void {
    this.#socket.close();
  }
  abort(): void {
    if (this.#socket.terminate) this.#socket.terminate();
    else this.#socket.close();
  }
}

function toBytes(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data as ArrayBuffer);
}
