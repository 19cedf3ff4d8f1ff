import type { QmuxSendStream } from "./send-stream.ts";

interface Departure {
  readonly stream: QmuxSendStream;
  /** Of the stream, from its start. */
  readonly bytes: number;
  readonly finished: boolean;
}
/** A record, or several that leave together, that was handed to the socket and is not known to be written yet. */
interface HeldRecord {
  readonly departures: readonly Departure[];
  readonly release: (() => void) | undefined;
}

/** Tells streams what of them was written: at once where the socket took it at once, else record by record as the socket tells. */
export class Departures {
  /** Of the record that is being made; places are used again, because there is a record for every frame and peer. */
  readonly #streams: QmuxSendStream[] = [];
  #count = 0;
  /** Oldest first: as much as the socket holds, no more. */
  readonly #waiting: HeldRecord[] = [];
  /** Something of a stream is in what is being made: one record, or several that leave together, which are told as one. */
  add(stream: QmuxSendStream): void {
    if (!stream.departed) return;
    for (let at = this.#count - 1; at >= 0; at--) if (this.#streams[at] === stream) return;
    this.#streams[this.#count++] = stream;
  }
  /** The record was taken at once. */
  taken(): void {
    const count = this.#count;
    this.#count = 0;
    for (let at = 0; at < count; at++) {
      const stream = this.#streams[at];
      stream?.departed?.(stream.sentBytes, stream.finished);
    }
  }
  /** The socket holds the record; `release` runs when it is written. */
  held(release: (() => void) | undefined): void {
    const departures = this.#streams
      .slice(0, this.#count)
      .map((stream) => ({ stream, bytes: stream.sentBytes, finished: stream.finished }));
    this.#count = 0;
    this.#waiting.push({ departures, release });
  }
  /** One more of the records that were held was written. */
  written(): void {
    const record = this.#waiting.shift();
    record?.release?.();
    for (const { stream, bytes, finished } of record?.departures ?? []) stream.departed?.(bytes, finished);
  }
}
