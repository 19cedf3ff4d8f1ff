const windowMs = 2000;

/** Bits per second over the last two seconds. */
export class Rate {
  readonly #arrivals: { readonly atMs: number; readonly bytes: number }[] = [];
  #bytes = 0;
  add(bytes: number, nowMs: number): void {
    this.#arrivals.push({ atMs: nowMs, bytes });
    this.#bytes += bytes;
    this.#forget(nowMs);
  }
  bitsPerSecond(nowMs: number): number {
    this.#forget(nowMs);
    return (this.#bytes * 8) / (windowMs / 1000);
  }
  #forget(nowMs: number): void {
    let old = 0;
    for (const { atMs, bytes } of this.#arrivals) {
      if (nowMs - atMs <= windowMs) break;
      this.#bytes -= bytes;
      old++;
    }
    if (old > 0) this.#arrivals.splice(0, old);
  }
}
