import type { ServerResponse } from "node:http";
import type { Summary } from "@moqscope/telemetry/query";

/** Bytes that may wait for a listener; one who reads slower is dropped: it can come back and gets what it missed. */
const waitingLimit = 256 * 1024;
const listenersLimit = 100;
/** What is kept for those who come back, seconds and bytes. */
const keptEvents = 30;
const keptBytes = 128 * 1024;
/** An event as old as this is no present. */
const presentMs = 1_000;

interface Event {
  readonly order: number;
  readonly atMs: number;
  readonly bytes: Buffer;
}
export interface StreamParts {
  /** Tells events of one process from those of another. */
  readonly id: string;
  summary(nowMs: number): Summary;
  /** Told of a listener that did not read. */
  dropped(): void;
}

/**
 * Server-sent events: the summary, once a second, to everyone who listens; each event is the sign of life. It is made and written out once
 * for all of them. Who comes back (`Last-Event-ID`) gets what it missed of the last half minute, else the present.
 */
export class SummaryStream {
  readonly #parts: StreamParts;
  readonly #listeners = new Set<ServerResponse>();
  #kept: Event[] = [];
  #order = 0;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a listener and sends it the present, or what it missed, at once; `false` when there are too many. */
  add(response: ServerResponse, nowMs: number, lastEventId?: string): boolean {
    if (this.#listeners.size >= listenersLimit) return false;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-content-type-options": "nosniff" });
    response.write("retry: 1000\n\n");
    this.#listeners.add(response);
    response.on("close", () => this.#listeners.delete(response));
    const newest = this.#present(nowMs);
    const missed = this.#missed(lastEventId);
    for (const { bytes } of missed.length === 0 ? [newest] : missed) this.#write(response, bytes);
    return true;
  }

  /** Sends the present to everyone, once a second. */
  tick(nowMs: number): void {
    if (this.#listeners.size === 0) return;
    const { bytes } = this.#make(nowMs);
    for (const response of this.#listeners) this.#write(response, bytes);
  }

  #present(nowMs: number): Event {
    const newest = this.#kept.at(-1);
    return newest !== undefined && nowMs - newest.atMs < presentMs ? newest : this.#make(nowMs);
  }

  #make(nowMs: number): Event {
    const order = ++this.#order;
    const data = JSON.stringify(this.#parts.summary(nowMs));
    const event = { order, atMs: nowMs, bytes: Buffer.from(`id: ${this.#parts.id}-${order}\ndata: ${data}\n\n`) };
    this.#kept.push(event);
    let bytes = 0;
    let kept = 0;
    for (const each of this.#kept.toReversed()) {
      bytes += each.bytes.length;
      if (kept > 0 && (kept === keptEvents || bytes > keptBytes)) break;
      kept++;
    }
    this.#kept = this.#kept.slice(-kept);
    return event;
  }

  /** Events after the one that a listener had last; none where that is unknown or too long ago. */
  #missed(lastEventId: string | undefined): readonly Event[] {
    const prefix = `${this.#parts.id}-`;
    if (lastEventId?.startsWith(prefix) !== true) return [];
    const last = Number(lastEventId.slice(prefix.length));
    const first = this.#kept[0]?.order ?? Number.POSITIVE_INFINITY;
    return last >= first - 1 ? this.#kept.filter(({ order }) => order > last) : [];
  }

  #write(response: ServerResponse, bytes: Buffer): void {
    if (response.writableLength <= waitingLimit) response.write(bytes);
    else {
      this.#listeners.delete(response);
      response.destroy();
      this.#parts.dropped();
    }
  }
}
