import { type NativeEngine, native } from "./native.ts";
import { EVENT_LENGTH, Event, Op } from "./wire.ts";

/** What the engine tells of one session. */
export interface SessionSink {
  /** The engine itself has ended. */
  fault(reason: string): void;
  event(kind: number, numbers: Float64Array, at: number): void;
  data(stream: number, bytes: Uint8Array | undefined, finished: boolean): void;
  datagram(bytes: Uint8Array): void;
  told(kind: number, numbers: Float64Array, at: number, text: string): void;
}

/** What the engine tells of one server. */
export interface ServerSink {
  request(session: number, text: string): void;
  closed(): void;
}

interface Told {
  readonly block: Uint8Array;
  readonly texts: readonly string[];
}

/** Pieces up to this size are copied out of the block that came with them, so that keeping one does not keep the block. */
const SMALL_BYTES = 1024;
/** Longest time of a Node timer. */
const FOREVER_MS = 0x7fff_ffff;

/** The crossing: what a turn has to say is collected and goes over in one call. */
export class Engine {
  readonly native: NativeEngine;
  readonly sessions = new Map<number, SessionSink>();
  readonly servers = new Map<number, ServerSink>();
  #numbers = new Float64Array(4096);
  #length = 0;
  #buffers: Uint8Array[] = [];
  #indexes = new Map<Uint8Array, number>();
  #texts: string[] = [];
  #scheduled = false;
  #open = 0;
  readonly #alive: NodeJS.Timeout;
  readonly #flush = (): void => this.flush();

  constructor() {
    this.native = new (native().NativeEngine)((numbers, block, texts) => this.#tell(numbers, block, texts));
    this.#alive = setInterval(() => undefined, FOREVER_MS).unref();
  }

  /** Keeps the process alive until as many `release` were called. */
  hold(): void {
    this.#open += 1;
    if (this.#open === 1) this.#alive.ref();
  }

  release(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#alive.unref();
  }

  /** One record. */
  op(code: number, target: number, ...fields: readonly number[]): void {
    this.#reserve(2 + fields.length);
    this.#numbers[this.#length++] = code;
    this.#numbers[this.#length++] = target;
    for (const field of fields) this.#numbers[this.#length++] = field;
    this.#schedule();
  }

  write(session: number, stream: number, chunks: readonly Uint8Array[]): void {
    this.#reserve(4 + chunks.length);
    this.#numbers[this.#length++] = Op.write;
    this.#numbers[this.#length++] = session;
    this.#numbers[this.#length++] = stream;
    this.#numbers[this.#length++] = chunks.length;
    for (const chunk of chunks) this.#numbers[this.#length++] = this.buffer(chunk);
    this.#schedule();
  }

  /** The number of a buffer in this turn's list, which holds each once. */
  buffer(bytes: Uint8Array): number {
    const known = this.#indexes.get(bytes);
    if (known !== undefined) return known;
    const index = this.#buffers.push(bytes) - 1;
    this.#indexes.set(bytes, index);
    return index;
  }

  text(text: string): number {
    return this.#texts.push(text) - 1;
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#length === 0) return;
    this.native.submit(this.#numbers, this.#length, this.#buffers, this.#texts);
    this.#length = 0;
    if (this.#buffers.length > 0) {
      this.#buffers = [];
      this.#indexes.clear();
    }
    if (this.#texts.length > 0) this.#texts = [];
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#numbers.length) return;
    const larger = new Float64Array(Math.max(this.#numbers.length * 2, this.#length + count));
    larger.set(this.#numbers.subarray(0, this.#length));
    this.#numbers = larger;
  }

  #tell(numbers: Float64Array, block: Uint8Array, texts: readonly string[]): void {
    let at = 0;
    while (at < numbers.length) {
      const kind = numbers[at] as number;
      const length = EVENT_LENGTH[kind] as number;
      this.#one(kind, numbers, at, { block, texts });
      at += length;
    }
  }

  #one(kind: number, numbers: Float64Array, at: number, { block, texts }: Told): void {
    const target = numbers[at + 1] as number;
    switch (kind) {
      case Event.data: {
        const bytes = numbers[at + 4] as number;
        const piece = bytes === 0 ? undefined : cut(block, numbers[at + 3] as number, bytes);
        this.sessions.get(target)?.data(numbers[at + 2] as number, piece, numbers[at + 5] === 1);
        return;
      }
      case Event.datagram:
        this.sessions.get(target)?.datagram(cut(block, numbers[at + 2] as number, numbers[at + 3] as number));
        return;
      case Event.request:
      case Event.established:
      case Event.failed:
      case Event.closed:
        this.#spoken(kind, numbers, at, texts);
        return;
      case Event.fatal:
        this.#fault(texts[numbers[at + 2] as number] ?? "");
        return;
      case Event.serverClosed:
        this.servers.get(target)?.closed();
        return;
      default:
        this.sessions.get(target)?.event(kind, numbers, at);
    }
  }

  /** Everything ends, and the next use starts anew. */
  #fault(reason: string): void {
    if (shared === this) shared = undefined;
    for (const session of this.sessions.values()) session.fault(reason);
    for (const server of this.servers.values()) server.closed();
    this.sessions.clear();
    this.#alive.unref();
  }

  /** One whose last number names a text. */
  #spoken(kind: number, numbers: Float64Array, at: number, texts: readonly string[]): void {
    const target = numbers[at + 1] as number;
    const text = texts[numbers[at + (EVENT_LENGTH[kind] as number) - 1] as number] ?? "";
    if (kind === Event.request) this.servers.get(numbers[at + 2] as number)?.request(target, text);
    else this.sessions.get(target)?.told(kind, numbers, at, text);
  }
}

function cut(block: Uint8Array, offset: number, bytes: number): Uint8Array {
  return bytes <= SMALL_BYTES ? block.slice(offset, offset + bytes) : block.subarray(offset, offset + bytes);
}

let shared: Engine | undefined;

/** The engine of this JavaScript environment, started at its first use; throws QuicError `addon_missing`. */
export function engine(): Engine {
  shared ??= new Engine();
  return shared;
}
