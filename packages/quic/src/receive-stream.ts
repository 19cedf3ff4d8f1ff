import { QuicError } from "./error.ts";
import type { StreamOwner } from "./send-stream.ts";
import type { QuicClosed, QuicReceiveStream } from "./types.ts";
import { Op } from "./wire.ts";

export class ReceiveStream implements QuicReceiveStream {
  readonly #owner: StreamOwner;
  readonly #stream: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #finished = false;
  #error: QuicError | undefined;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;

  constructor(owner: StreamOwner, stream: number) {
    this.#owner = owner;
    this.#stream = stream;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#bytes > 0) return Promise.resolve(this.#take());
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#finished) return Promise.resolve(undefined);
    this.#reader ??= Promise.withResolvers();
    return this.#reader.promise;
  }

  stop(code: number): void {
    if (this.#error !== undefined) return;
    if (this.#finished) {
      this.#drop();
    } else {
      // The addon counts what lies here as taken when it hears this.
      this.#owner.engine.op(Op.stop, this.#owner.id, this.#stream, code);
      this.#owner.receiveStopped(this.#stream);
      this.#chunks = [];
      this.#bytes = 0;
    }
    this.#finished = true;
    this.#settle();
  }

  /** Bytes have arrived. */
  arrived(bytes: Uint8Array | undefined, finished: boolean): void {
    if (bytes !== undefined) {
      this.#chunks.push(bytes);
      this.#bytes += bytes.byteLength;
    }
    if (finished) {
      this.#finished = true;
      this.#owner.receiveEnded(this.#stream);
    }
    this.#settle();
  }

  /** The peer reset it. What came before is given up, as in WebTransport. */
  reset(code: number): void {
    this.#owner.receiveEnded(this.#stream);
    this.#fail(new QuicError("reset", `the peer reset the stream with code ${code}`, code), true);
  }

  sessionEnded(closed: QuicClosed): void {
    if (!this.#finished) this.#fail(new QuicError("closed", `the session has ended (${closed.by}): ${closed.reason}`, closed.code));
  }

  #fail(error: QuicError, discard = false): void {
    if (this.#finished || this.#error !== undefined) return;
    this.#error = error;
    if (discard) this.#drop();
    this.#settle();
  }

  #settle(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#bytes > 0) reader.resolve(this.#take());
    else if (this.#error !== undefined) reader.reject(this.#error);
    else if (this.#finished) reader.resolve(undefined);
    else return;
    this.#reader = undefined;
  }

  #take(): Uint8Array {
    const [first] = this.#chunks;
    let all = first as Uint8Array;
    if (this.#chunks.length > 1) {
      all = new Uint8Array(this.#bytes);
      let at = 0;
      for (const chunk of this.#chunks) {
        all.set(chunk, at);
        at += chunk.byteLength;
      }
    }
    this.#drop();
    return all;
  }

  #drop(): void {
    if (this.#bytes === 0) return;
    this.#owner.consumed(this.#stream, this.#bytes, this.#finished || this.#error !== undefined);
    this.#chunks = [];
    this.#bytes = 0;
  }
}
