import type { Datagrams } from "../transport/transport.ts";
import { Incoming } from "./incoming.ts";
import type { W3cDatagrams, W3cWriter } from "./w3c.ts";

/** How many wait each way; browsers take 1 unless told, which loses most of what one turn sends. */
const queued = 64;

/** Datagrams of a W3C session. */
export class DatagramsOfW3c implements Datagrams {
  readonly incoming: Incoming<Uint8Array, Uint8Array>;
  readonly #datagrams: W3cDatagrams;
  readonly #writer: W3cWriter | undefined;
  readonly #told: (sent: number, received: number) => void;
  #waiting = 0;
  /** `told` hears of bytes sent and received. */
  constructor(datagrams: W3cDatagrams, told: (sent: number, received: number) => void) {
    this.#datagrams = datagrams;
    this.#told = told;
    for (const mark of ["incomingHighWaterMark", "outgoingHighWaterMark"] as const) if (mark in datagrams) datagrams[mark] = queued;
    this.incoming = new Incoming(datagrams.readable, (payload) => {
      told(0, payload.byteLength);
      return payload;
    });
    const writable = datagrams.createWritable ? datagrams.createWritable() : datagrams.writable;
    this.#writer = writable?.getWriter();
    this.#writer?.closed.catch(() => {}); // The transport's `closed` tells the same.
    this.#writer?.ready.catch(() => {});
  }
  get maxBytes(): number {
    return this.#datagrams.maxDatagramSize;
  }
  send(payload: Uint8Array): boolean {
    if (!this.#writer || payload.byteLength > this.maxBytes || this.#waiting >= queued) return false;
    this.#waiting++;
    void this.#send(this.#writer, payload); // Never rejects.
    return true;
  }
  async #send(writer: W3cWriter, payload: Uint8Array): Promise<void> {
    try {
      await writer.write(payload);
      this.#told(payload.byteLength, 0);
    } catch {
      // A datagram may be lost; that the session is over its `closed` tells.
    }
    this.#waiting--;
  }
}
