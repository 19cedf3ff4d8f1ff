import { type ExportResult, ExportResultCode } from "@opentelemetry/core";

export interface OutboxOptions<T> {
  readonly send: (batch: T[], done: (result: ExportResult) => void) => void;
  readonly intervalMs: number;
  /** Most items kept; beyond, the oldest are dropped. */
  readonly limit: number;
  readonly batchSize: number;
  /** Told of a batch that did not arrive, with how many items the full queue has dropped since the last time. */
  readonly onFailure: (error: unknown, dropped: number) => void;
}

/** A bounded queue of spans or log records that leaves in batches; a slow backend costs history, never memory. */
export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  readonly #timer: NodeJS.Timeout;
  #items: T[] = [];
  #dropped = 0;
  #sending: Promise<void> | undefined;

  constructor(options: OutboxOptions<T>) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.intervalMs);
    this.#timer.unref();
  }

  put(item: T): void {
    this.#items.push(item);
    if (this.#items.length <= this.#options.limit) return;
    this.#items.shift();
    this.#dropped++;
  }

  /** Sends all that waits. Never rejects; ends at the first batch that does not arrive. */
  flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Stops the timer and sends what waits. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    // A batch may be under way that does not hold the newest items.
    await this.flush();
    if (this.#items.length > 0) await this.flush();
  }

  async #sendAll(): Promise<void> {
    while (this.#items.length > 0) {
      const batch = this.#items.splice(0, this.#options.batchSize);
      const error = await this.#sendOne(batch);
      if (error === undefined) continue;
      this.#putBack(batch);
      this.#options.onFailure(error, this.#dropped);
      this.#dropped = 0;
      return;
    }
  }

  #putBack(batch: T[]): void {
    this.#items = [...batch, ...this.#items];
    const excess = this.#items.length - this.#options.limit;
    if (excess <= 0) return;
    this.#items.splice(0, excess);
    this.#dropped += excess;
  }

  #sendOne(batch: T[]): Promise<unknown> {
    return new Promise((resolve) => {
      try {
        this.#options.send(batch, ({ code, error }) =>
          resolve(code === ExportResultCode.SUCCESS ? undefined : (error ?? new Error("not exported"))),
        );
      } catch (error) {
        resolve(error);
      }
    });
  }
}
