/** A token bucket in which departures are computed, not polled: they are exact however late one looks. */
export class Bucket {
  #bytes = Number.POSITIVE_INFINITY;
  #atMs = 0;
  /** When a parcel may leave that came to the head of the queue at `fromMs`; without a limit at once. */
  departsMs(bytes: number, fromMs: number, { rateBps, burstBytes }: { readonly rateBps: number; readonly burstBytes: number }): number {
    if (rateBps === 0) return fromMs;
    const missing = bytes - Math.min(this.#bytes, Math.max(burstBytes, bytes));
    const full = this.#atMs + (missing * 8000) / rateBps;
    return Math.max(fromMs, full);
  }
  /** Takes the parcel's bytes at its departure. */
  take(bytes: number, atMs: number, { rateBps, burstBytes }: { readonly rateBps: number; readonly burstBytes: number }): void {
    if (rateBps === 0) return this.refill();
    const most = Math.max(burstBytes, bytes);
    const now = Math.min(most, Math.min(this.#bytes, most) + ((atMs - this.#atMs) * rateBps) / 8000);
    this.#bytes = now - bytes;
    this.#atMs = Math.max(this.#atMs, atMs);
  }
  /** As after a long quiet time. */
  refill(): void {
    this.#bytes = Number.POSITIVE_INFINITY;
    this.#atMs = 0;
  }
}
