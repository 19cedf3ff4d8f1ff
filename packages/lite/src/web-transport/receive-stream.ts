import { LiteError, LiteErrorCode } from "../error.ts";
import type { ReceiveStream, TransportClosed } from "../transport/transport.ts";
import { streamCodeOf, streamError } from "./stream-error.ts";
import type { W3cRead, W3cReadable, W3cReader } from "./w3c.ts";

/** What a receiving half asks of its transport. */
export interface W3cReceiveOwner {
  received(bytes: number): void;
  /** Nothing more will come of it. */
  receiveLeft(stream: W3cReceiveStream): void;
}

/** The receiving half of a W3C stream; the platform holds what is not read, by the stream's own credit. */
export class W3cReceiveStream implements ReceiveStream {
  readonly #owner: W3cReceiveOwner;
  readonly #reader: W3cReader<Uint8Array>;
  #stopped = false;
  #over: LiteError | undefined;
  constructor(readable: W3cReadable<Uint8Array>, owner: W3cReceiveOwner) {
    this.#owner = owner;
    this.#reader = readable.getReader();
  }
  async read(): Promise<Uint8Array | undefined> {
    while (!this.#over && !this.#stopped) {
      let part: W3cRead<Uint8Array>;
      try {
        part = await this.#reader.read();
      } catch (cause) {
        throw this.#failed(cause);
      }
      if (this.#over || this.#stopped) break;
      if (part.done) {
        this.#owner.receiveLeft(this);
        return undefined;
      }
      if (!part.value || part.value.byteLength === 0) continue;
      this.#owner.received(part.value.byteLength);
      return part.value;
    }
    if (this.#over && !this.#stopped) throw this.#over;
    return undefined;
  }
  stop(code: number): void {
    if (this.#stopped || this.#over) return;
    this.#stopped = true;
    this.#cancel(code);
    this.#owner.receiveLeft(this);
  }
  /** The transport is over. */
  end(closed: TransportClosed): void {
    if (this.#over || this.#stopped) return;
    this.#over = overOf(closed);
    this.#cancel(0);
  }
  #cancel(code: number): void {
    this.#reader.cancel(streamError(code)).catch(() => {}); // It had ended already.
  }
  #failed(cause: unknown): LiteError {
    this.#owner.receiveLeft(this);
    if (this.#over) return this.#over;
    const code = streamCodeOf(cause);
    this.#over =
      code === undefined
        ? new LiteError(LiteErrorCode.transportClosed, `session has ended: ${messageOf(cause)}`, { cause })
        : new LiteError(LiteErrorCode.streamReset, `peer reset the stream with code ${code}`, { wireCode: code, cause });
    return this.#over;
  }
}

/** The error of everything that a transport which ended so can no longer do. */
export function overOf(closed: TransportClosed): LiteError {
  const message = `transport closed by ${closed.by}: ${closed.reason || `code ${closed.code}`}`;
  return new LiteError(LiteErrorCode.transportClosed, message, { wireCode: closed.code });
}
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}
