import type { Sink } from "../wire/sink.ts";
import type { RecordPool } from "./record-pool.ts";

/** What is told of a socket, in order; nothing follows `closed`. */
export interface SocketEvents {
  message(data: Uint8Array): void;
  /** A text message: never valid. */
  text(): void;
  pong(): void;
  closed(reason: string): void;
}

/** Longest header that a socket puts in front of a message. */
export const headroomBytes = 4;

/** A socket of messages, already open: browser WebSocket, `ws` or memory. */
export interface MessageSocket {
  /** Bytes handed over and not yet taken by the network. */
  readonly bufferedBytes: number;
  /** Called once, before anything else. */
  listen(events: SocketEvents): void;
  /**
   * Returns true if the network has taken the message already. Else `written` runs once it has, in the order of messages; never
   * for one that was lost.
   */
  send(message: Uint8Array<ArrayBuffer>, written: () => void): boolean;
  /** The same for several messages in one write to the network; present where the socket can. */
  sendAll?(messages: readonly Uint8Array<ArrayBuffer>[], written: () => void): boolean;
  /** Present where `send` wants a header in front of each message: puts it there. */
  frame?(message: Sink): void;
  /** Present where nobody looks at a message any more once it was taken: messages may be made in its buffers. */
  readonly pool?: RecordPool;
  /** Runs `callback` once when it is worth looking at `bufferedBytes` again. */
  whenDrained(callback: () => void): void;
  /** Runs `callback` soon, after what this turn still has to say. */
  soon(callback: () => void): void;
  /** Present where the socket can ping. */
  ping?(): void;
  /** Stops, or resumes, taking messages from the network; present where the socket can. */
  hold?(held: boolean): void;
  /** Closes with its own handshake. */
  close(): void;
  /** Cuts it. */
  abort(): void;
}
