import { LiteError, LiteErrorCode } from "../error.ts";
import type { ReceiveStream, TransportClosed } from "../transport/transport.ts";
import { streamCodeOf, streamError } from "./stream-error.ts";
import type { W3cReadable, W3cReader } from "./w3c.ts";

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
  #leave = (): void => {};
  constructor(readable: W3cReadable<Uint8Array>, owner: W3cReceiveOwner) {
    this.#owner = owner;
    this.#reader = readable.getReader();
  }
  async read(): Promise<Uint8Array | undefined> {
    while (!this.#stopped) {
      const over: LiteError | undefined = this.#over;
      if (over) throw over;
      const part = await this.#part();
      if (part === undefined && !this.#isOver) break;
      if (part === undefined || part.byteLength === 0) continue;
      this.#owner.received(part.byteLength);
      return part;
    }
    this.#owner.receiveLeft(this);
    return undefined;
  }
  stop(code: number): void {
    if (this.#stopped || this.#over) return;
    this.#stopped = true;
    this.#reader.cancel(streamError(code)).catch(() => {}); // It had ended already.
    this.#leave();
    this.#owner.receiveLeft(this);
  }
  /** The transport is over. */
  end(closed: TransportClosed): void {
    if (this.#over || this.#stopped) return;
    this.#over = overOf(closed);
    this.#leave();
  }
  get #isOver(): boolean {
    return this.#over !== undefined;
  }
  /** The next piece; `undefined` at the end, and when there is nothing to wait for any more. */
  #part(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#leave = () => resolve(undefined);
      this.#reader.read().then(
        ({ done, value }) => resolve(done || this.#stopped ? undefined : value),
        (cause: unknown) => (this.#stopped ? resolve(undefined) : reject(this.#failed(cause))),
      );
    });
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
