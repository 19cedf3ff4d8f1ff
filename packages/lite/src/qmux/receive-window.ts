/** Credit that we give: it is refilled from what the application has consumed, never from what arrived. */
export class ReceiveWindow {
  readonly #window: number;
  #max: number;
  #received = 0;
  #consumed = 0;
  constructor(window: number) {
    this.#window = window;
    this.#max = window;
  }
  get received(): number {
    return this.#received;
  }
  /** Bytes that arrived and were not consumed. */
  get unread(): number {
    return this.#received - this.#consumed;
  }
  /** Takes `bytes` that arrived; false when the peer had no credit for them. */
  receive(bytes: number): boolean {
    this.#received += bytes;
    return this.#received <= this.#max;
  }
  /** Notes that `bytes` were consumed; a new maximum to tell the peer, once half of the window is used up. */
  consume(bytes: number): number | undefined {
    this.#consumed += bytes;
    const next = this.#consumed + this.#window;
    if (next - this.#max < this.#window / 2) return undefined;
    this.#max = next;
    return next;
  }
}

/** So many streams fit in what the socket has read already when it is held back. */
const uncreditedTimes = 16;

/** Stream credit that we give, cumulative: a stream counts as released once it was accepted and has ended. */
export class StreamWindow {
  #max: number;
  readonly #credit: boolean;
  #used = 0;
  #released = 0;
  #ended = 0;
  /** Without `credit` the peer is not told, and can only be held back after the fact: it may have many times `max` open at once. */
  constructor(max: number, credit: boolean) {
    this.#max = credit ? max : max * uncreditedTimes;
    this.#credit = credit;
  }
  /** Streams that the peer has opened so far. */
  get used(): number {
    return this.#used;
  }
  /** Those that are not gone yet. */
  get open(): number {
    return this.#used - this.#ended;
  }
  /** Notes that streams up to `index` exist; false when the peer had no credit for it. */
  take(index: number): boolean {
    this.#used = Math.max(this.#used, index + 1);
    return this.#used <= this.#max;
  }
  /** Notes that one is gone; a new maximum to tell the peer (qmux-websocket §5: ahead of use). */
  release(): number | undefined {
    this.#released++;
    this.#ended++;
    if (!this.#credit) return void this.#max++;
    if (this.#used + 2 * this.#released <= this.#max) return undefined;
    this.#max += this.#released;
    this.#released = 0;
    return this.#max;
  }
}
