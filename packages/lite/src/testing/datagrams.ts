import { Queue } from "../transport/queue.ts";
import type { Datagrams, Transport } from "../transport/transport.ts";

export interface MemoryDatagramOptions {
  /** Default 1200. */
  readonly maxBytes?: number;
  /** Whether the n-th datagram of an end, counted from 0, is lost on its way; default none is. */
  readonly loses?: (n: number) => boolean;
}

/** One end of a link of datagrams in memory, for tests that send and look at the bytes themselves. */
export class MemoryDatagrams implements Datagrams {
  readonly maxBytes: number;
  readonly incoming = new Queue<Uint8Array>();
  /** The other end. */
  peer: MemoryDatagrams | undefined;
  /** Every datagram sent from here. */
  readonly sent: Uint8Array[] = [];
  /** While true nothing is taken, as by a full queue. */
  full = false;
  readonly #loses: (n: number) => boolean;
  constructor(options: MemoryDatagramOptions = {}) {
    this.maxBytes = options.maxBytes ?? 1200;
    this.#loses = options.loses ?? (() => false);
  }
  send(payload: Uint8Array): boolean {
    if (this.full || payload.byteLength > this.maxBytes) return false;
    const lost = this.#loses(this.sent.length);
    this.sent.push(payload);
    if (!lost) queueMicrotask(() => this.peer?.incoming.push(payload));
    return true;
  }
}

export function memoryDatagramPair(options: MemoryDatagramOptions = {}): [client: MemoryDatagrams, server: MemoryDatagrams] {
  const near = new MemoryDatagrams(options);
  const far = new MemoryDatagrams(options);
  near.peer = far;
  far.peer = near;
  return [near, far];
}

/** The same transport, and datagrams beside its streams; they end with it. */
export function withDatagrams(transport: Transport, datagrams: MemoryDatagrams): Transport {
  void transport.closed.then(() => datagrams.incoming.end()); // Never rejects.
  return new Proxy(transport, {
    get(target, key) {
      if (key === "datagrams") return datagrams;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}
