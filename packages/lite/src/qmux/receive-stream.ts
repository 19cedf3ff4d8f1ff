import { LiteError, LiteErrorCode } from "../error.ts";
import type { ReceiveStream } from "../transport/transport.ts";
import { ReceiveWindow } from "./receive-window.ts";

/** What a receiving half asks of its transport. */
export interface ReceiveOwner {
  /** `bytes` of `stream` were read or thrown away; `max` is a new stream limit to tell. */
  consumed(stream: QmuxReceiveStream, bytes: number, max: number | undefined): void;
  stopSending(stream: QmuxReceiveStream, code: number): void;
  /** The peer ended it, and what it sent was read or thrown away. */
  receiveEnded(stream: QmuxReceiveStream): void;
}
/** Data below this many bytes is gathered, so that small pieces cost what they hold and not a socket buffer each. */
const gatherBelowBytes = 4096;

type End = { readonly kind: "finished" } | { readonly kind: "failed"; readonly error: LiteError };

/** The receiving half of a stream: bounded by its window, read by one consumer. */
export class QmuxReceiveStream implements ReceiveStream {
  readonly id: number;
  readonly #owner: ReceiveOwner;
  readonly #window: ReceiveWindow;
  #chunks: Uint8Array[] = [];
  #gathered: Uint8Array | undefined;
  #gatheredBytes = 0;
  #queued = 0;
  #end: End | undefined;
  #discarding = false;
  #released = false;
  #waiting: { resolve: () => void } | undefined;

  constructor(id: number, windowBytes: number, owner: ReceiveOwner) {
    this.id = id;
    this.#owner = owner;
    this.#window = new ReceiveWindow(windowBytes);
  }
  async read(): Promise<Uint8Array | undefined> {
    while (this.#queued === 0) {
      if (this.#end) return this.#finish(this.#end);
      if (this.#discarding) return undefined;
      await new Promise<void>((resolve) => {
        this.#waiting = { resolve };
      });
    }
    const bytes = this.#take();
    this.#consume(bytes.byteLength);
    return bytes;
  }
  stop(code: number): void {
    if (this.#discarding) return;
    this.#discarding = true;
    const thrown = this.#queued;
    this.#drop();
    if (thrown > 0) this.#consume(thrown);
    if (this.#end) this.#release();
    else this.#owner.stopSending(this, code);
    this.#wake();
  }
  /** Data from the peer; false when it is over the stream's window. */
  receive(data: Uint8Array, fin: boolean): boolean {
    if (this.#end) return true;
    if (!this.#window.receive(data.byteLength)) return false;
    if (fin) this.#end = { kind: "finished" };
    if (this.#discarding) {
      this.#consume(data.byteLength);
      if (fin) this.#release();
      return true;
    }
    if (data.byteLength > 0) this.#queue(data);
    if (data.byteLength > 0 || fin) this.#wake();
    return true;
  }
  /** RESET_STREAM: returns the bytes that the peer sent and we never saw, to be charged to the connection. */
  reset(code: number, finalSize: number): number {
    if (this.#end) return 0;
    const gap = Math.max(0, finalSize - this.#window.received);
    this.fail(new LiteError(LiteErrorCode.streamReset, `peer reset stream ${this.id} with code ${code}`, { wireCode: code }));
    return gap;
  }
  /** Ends it with an error; what was not read is thrown away. */
  fail(error: LiteError): void {
    if (this.#end?.kind === "failed" || this.#released) return;
    const thrown = this.#queued;
    this.#drop();
    this.#end = { kind: "failed", error };
    if (thrown > 0) this.#owner.consumed(this, thrown, undefined);
    this.#release();
    this.#wake();
  }
  #finish(end: End): undefined {
    this.#release();
    if (end.kind === "failed" && !this.#discarding) throw end.error;
    return undefined;
  }
  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#owner.receiveEnded(this);
  }
  #consume(bytes: number): void {
    const max = this.#window.consume(bytes);
    this.#owner.consumed(this, bytes, this.#end ? undefined : max);
  }
  #queue(data: Uint8Array): void {
    this.#queued += data.byteLength;
    if (data.byteLength >= gatherBelowBytes) {
      this.#seal();
      this.#chunks.push(data);
      return;
    }
    if (this.#gathered && this.#gatheredBytes + data.byteLength > this.#gathered.byteLength) this.#seal();
    this.#gathered ??= new Uint8Array(this.#chunks.length === 0 && data.byteLength < 512 ? 512 : gatherBelowBytes);
    this.#gathered.set(data, this.#gatheredBytes);
    this.#gatheredBytes += data.byteLength;
  }
  #seal(): void {
    if (this.#gathered) this.#chunks.push(this.#gathered.subarray(0, this.#gatheredBytes));
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
  }
  #take(): Uint8Array {
    this.#seal();
    const [first] = this.#chunks;
    const whole = first && this.#chunks.length === 1 ? first : concat(this.#chunks, this.#queued);
    this.#chunks = [];
    this.#queued = 0;
    return whole;
  }
  #drop(): void {
    this.#chunks = [];
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
    this.#queued = 0;
  }
  #wake(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}

function concat(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
