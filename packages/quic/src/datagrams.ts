import type { Engine } from "./engine.ts";
import { Queue } from "./queue.ts";
import type { QuicDatagrams } from "./types.ts";
import { Op } from "./wire.ts";

/** Datagrams that wait for a slow consumer. */
const WAITING = 1024;
/** What the addon's queue counts beside a payload, at most. */
const OVERHEAD_BYTES = 16;

export class Datagrams implements QuicDatagrams {
  readonly incoming = new Queue<Uint8Array>(WAITING);
  maxBytes = 0;
  readonly #engine: Engine;
  readonly #session: number;
  #space = 0;
  #ended = false;

  constructor(engine: Engine, session: number) {
    this.#engine = engine;
    this.#session = session;
  }

  send(payload: Uint8Array): boolean {
    const bytes = payload.byteLength + OVERHEAD_BYTES;
    if (this.#ended || payload.byteLength > this.maxBytes || bytes > this.#space) return false;
    this.#space -= bytes;
    this.#engine.op(Op.datagram, this.#session, this.#engine.buffer(payload));
    return true;
  }

  /** What the addon's queue has room for, and the largest that the path carries. */
  room(space: number, maxBytes: number): void {
    this.#space = space;
    this.maxBytes = maxBytes;
  }

  end(): void {
    this.#ended = true;
    this.incoming.end();
  }
}
