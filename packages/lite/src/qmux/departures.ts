import type { QmuxSendStream } from "./send-stream.ts";

interface Departure {
  readonly stream: QmuxSendStream;
  /** Of the stream, from its start. */
  readonly bytes: number;
  readonly finished: boolean;
  readonly record: number;
}

/** What was handed to the socket and is not known to be written yet, oldest first. As much as the socket holds, no more. */
export class Departures {
  readonly #waiting: Departure[] = [];
  #head = 0;
  /** Records known to be written. */
  #records = 0;
  /** Something of a stream is in record number `record`, counted from 0. */
  add(stream: QmuxSendStream, record: number): void {
    if (stream.departed) this.#waiting.push({ stream, bytes: stream.sentBytes, finished: stream.finished, record });
  }
  /** One more record was written: tells the streams that were in it. */
  written(): void {
    const record = this.#records++;
    for (let next = this.#waiting[this.#head]; next && next.record <= record; next = this.#waiting[this.#head]) {
      this.#head++;
      next.stream.departed?.(next.bytes, next.finished);
    }
    if (this.#head === 0) return;
    if (this.#head === this.#waiting.length) this.#waiting.length = 0;
    else if (this.#head > 256) this.#waiting.splice(0, this.#head);
    else return;
    this.#head = 0;
  }
}
