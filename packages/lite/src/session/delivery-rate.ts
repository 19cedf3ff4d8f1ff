import type { TransportStats } from "../transport/transport.ts";

/** What is looked at of a transport. */
export type Sample = Pick<TransportStats, "bytesSent" | "bufferedBytes" | "sendRateBps">;

/** Without a new measurement for so long, nothing is known any more, milliseconds. */
const staleMs = 10_000;
/** A measurement is at least so many times as long as what the socket may hold unseen: its error stays below a quarter. */
const precision = 4;

/**
 * What a link was seen to carry, in bits per second. A transport that knows says so itself. For the others only those stretches of
 * time tell in which there was always more to send than the link took: bytes that left, over their time. A link that takes
 * everything has not been seen at its limit, so nothing is known of it.
 */
export class DeliveryRate {
  /** Bytes that may be handed to the socket and not be on their way. */
  readonly #unseenBytes: number;
  #before: { readonly atMs: number; readonly sample: Sample } | undefined;
  #bytes = 0;
  #ms = 0;
  #measured: { readonly bps: number; readonly atMs: number } | undefined;
  constructor(unseenBytes: number) {
    this.#unseenBytes = unseenBytes;
  }
  /** Takes a look at the transport, and says what is known now; `undefined` when nothing is. */
  look(atMs: number, sample: Sample): number | undefined {
    const before = this.#before;
    this.#before = { atMs, sample };
    if (before) this.#stretch(before.sample.bufferedBytes, { bytes: sample.bytesSent - before.sample.bytesSent, ms: atMs - before.atMs });
    if (this.#bytes >= precision * this.#unseenBytes) this.#measure(atMs);
    if (sample.sendRateBps !== undefined) return sample.sendRateBps;
    return this.#measured && atMs - this.#measured.atMs < staleMs ? this.#measured.bps : undefined;
  }
  /** What waited at its begin is more than what left in it: the link was never without work. */
  #stretch(waitedBytes: number, { bytes, ms }: { readonly bytes: number; readonly ms: number }): void {
    const full = waitedBytes > bytes + this.#unseenBytes;
    this.#bytes = full ? this.#bytes + bytes : 0;
    this.#ms = full ? this.#ms + ms : 0;
  }
  #measure(atMs: number): void {
    if (this.#ms > 0) this.#measured = { bps: (this.#bytes * 8000) / this.#ms, atMs };
    this.#bytes = 0;
    this.#ms = 0;
  }
}
