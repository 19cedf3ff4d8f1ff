/** What is told of a socket, in order; nothing follows `closed`. */
export interface SocketEvents {
  message(data: Uint8Array): void;
  /** A text message: never valid. */
  text(): void;
  pong(): void;
  closed(reason: string): void;
}

/** A socket of messages, already open: browser WebSocket, `ws` or memory. */
export interface MessageSocket {
  /** Bytes handed over and not yet taken by the network. */
  readonly bufferedBytes: number;
  /** Called once, before anything else. */
  listen(events: SocketEvents): void;
  /** `written` runs once the network has taken the message, in the order of messages; never for one that was lost. */
  send(message: Uint8Array<ArrayBuffer>, written: () => void): void;
  /** Present where nobody looks at a message any more after `written`: its buffer may be used again. */
  readonly releases?: boolean;
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
