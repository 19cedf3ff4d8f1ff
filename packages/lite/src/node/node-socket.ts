import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import { RecordPool } from "../qmux/record-pool.ts";
import type { SocketEvents } from "../qmux/socket.ts";
import { WebSocketAdapter, type WebSocketLike } from "../qmux/web-socket.ts";
import type { Sink } from "../wire/sink.ts";
import { inFlushTurn } from "./flush-turn.ts";
import { frameBinary } from "./message-header.ts";

/** What is used of a `WebSocket` of `ws`, beyond what browsers have. */
export interface NodeWebSocket extends WebSocketLike {
  ping(): void;
  pause(): void;
  resume(): void;
  terminate(): void;
  send(data: Uint8Array<ArrayBuffer>, written?: (error?: Error | null) => void): void;
  on(event: "pong", listener: () => void): unknown;
}

/** Node's own kind of bytes, which its sockets take without another look. */
const pool = new RecordPool((bytes) => Buffer.from(new ArrayBuffer(bytes)));

/** `ws` can ping, be cut, and says when what it was given is written. */
export class NodeSocket extends WebSocketAdapter {
  /** A server does not mask, and `ws` tells when the kernel has the bytes. */
  readonly pool = pool;
  readonly #ws: NodeWebSocket;
  #waiting: (() => void) | undefined;
  constructor(ws: NodeWebSocket, clock: Clock) {
    super(ws, clock);
    this.#ws = ws;
    ws.binaryType = "nodebuffer";
  }
  override listen(events: SocketEvents): void {
    super.listen(events);
    this.#ws.on("pong", () => events.pong());
  }
  override send(message: Uint8Array<ArrayBuffer>, written: () => void): boolean {
    if (this.isOpen) this.#ws.send(message, (error) => this.settle(error, written));
    return false;
  }
  protected get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }
  /** A message was written, or is lost. */
  protected settle(error: Error | null | undefined, written: () => void): void {
    if (!error) written();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
  override whenDrained(callback: () => void): void {
    this.#waiting = callback;
  }
  override soon(callback: () => void): void {
    inFlushTurn(callback);
  }
  hold(held: boolean): void {
    if (held) this.#ws.pause();
    else this.#ws.resume();
  }
  ping(): void {
    if (this.isOpen) this.#ws.ping();
  }
}

const nothing = new Uint8Array(0);

/** Writes messages past `ws`: one buffer for each instead of two, and no callback where the kernel takes it at once, as it mostly does. */
export class DirectSocket extends NodeSocket {
  readonly #connection: Socket;
  /** TLS never tells at once. */
  readonly #mayTakeAtOnce: boolean;
  /** Writes whose end is still to be told. */
  #underWay = 0;
  constructor(ws: NodeWebSocket, connection: Socket, clock: Clock) {
    super(ws, clock);
    this.#connection = connection;
    this.#mayTakeAtOnce = !("encrypted" in connection);
  }
  protected override get isOpen(): boolean {
    return this.#connection.writable;
  }
  override get bufferedBytes(): number {
    return this.#connection.writableLength;
  }
  frame(message: Sink): void {
    frameBinary(message);
  }
  override send(message: Uint8Array<ArrayBuffer>, written: () => void): boolean {
    if (!this.isOpen) return false;
    if (this.#underWay > 0 || !this.#mayTakeAtOnce) {
      this.#write(message, written);
      return false;
    }
    this.#connection.write(message);
    return this.#taken(written);
  }
  /** Each write to the kernel costs as much as a few messages: these leave in one. */
  sendAll(messages: readonly Uint8Array<ArrayBuffer>[], written: () => void): boolean {
    if (!this.isOpen) return false;
    this.#connection.cork();
    for (const message of messages) this.#connection.write(message);
    const mayTakeAtOnce = this.#underWay === 0 && this.#mayTakeAtOnce;
    if (!mayTakeAtOnce) this.#write(nothing, written);
    this.#connection.uncork();
    return mayTakeAtOnce && this.#taken(written);
  }
  /** Whether the kernel has taken what was written just now; else `written` is told when it has. */
  #taken(written: () => void): boolean {
    if (!this.#connection.writable) return false; // It failed, and the message is lost.
    if (this.#connection.writableLength === 0) return true;
    this.#write(nothing, written); // Its end tells the end of what is before it.
    return false;
  }
  #write(bytes: Uint8Array, written: () => void): void {
    this.#underWay++;
    this.#connection.write(bytes, (error) => {
      this.#underWay--;
      this.settle(error, written);
    });
  }
}
