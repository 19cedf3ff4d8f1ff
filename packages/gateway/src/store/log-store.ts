import type { LogRecord } from "@moqscope/telemetry/query";
import { type Entry, type Found, type Page, RecordRing } from "./record-ring.ts";

export interface LogLimits {
  readonly lines: number;
  readonly bytes: number;
  readonly keptMs: number;
}
export const defaultLogLimits: LogLimits = { lines: 50_000, bytes: 32 * 1024 * 1024, keptMs: 24 * 3_600_000 };

/** The newest log records; the oldest go. */
export class LogStore {
  readonly #limits: LogLimits;
  readonly #dropped: (lines: number) => void;
  readonly #ring = new RecordRing<LogRecord>();

  /** `dropped` is told of records that went for want of room. */
  constructor(limits: LogLimits = defaultLogLimits, dropped: (lines: number) => void = () => {}) {
    this.#limits = limits;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#ring.size;
  }

  get bytes(): number {
    return this.#ring.bytes;
  }

  push(log: LogRecord, nowMs: number): void {
    const entry = this.#ring.push(log, sizeOf(log), nowMs);
    const { lines, bytes } = this.#limits;
    let dropped = 0;
    for (let { oldest } = this.#ring; oldest !== undefined && oldest !== entry; { oldest } = this.#ring) {
      if (this.#ring.size <= lines && this.#ring.bytes <= bytes) break;
      this.#ring.remove(oldest);
      dropped++;
    }
    if (dropped > 0) this.#dropped(dropped);
  }

  page(page: Page<LogRecord>): Found<LogRecord> {
    return this.#ring.page(page);
  }

  /** Every record with its time of arrival, oldest first. */
  all(): Iterable<Entry<LogRecord>> {
    return this.#ring.all();
  }

  /** Forgets what is too old. */
  expire(nowMs: number): void {
    for (let { oldest } = this.#ring; oldest !== undefined; { oldest } = this.#ring) {
      if (nowMs - oldest.arrivedMs <= this.#limits.keptMs) return;
      this.#ring.remove(oldest);
    }
  }
}

/** What a record takes in V8, about; its attributes' names are shared. */
function sizeOf({ body, event, attributes }: LogRecord): number {
  let bytes = 300 + body.length + event.length;
  for (const value of Object.values(attributes)) bytes += 60 + value.length;
  return bytes;
}
