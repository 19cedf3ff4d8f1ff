import type { SubscribeReport } from "./report.ts";

/** Reports that wait at most for whoever reads them; beyond it the oldest is dropped, for each holds totals. */
const maxWaiting = 600;

/** Reports on their way to one reader. */
export class Reports implements AsyncIterable<SubscribeReport> {
  readonly #waiting: SubscribeReport[] = [];
  #wake = () => {};
  #end: { readonly error?: Error } | undefined;
  push(report: SubscribeReport): void {
    this.#waiting.push(report);
    if (this.#waiting.length > maxWaiting) this.#waiting.shift();
    this.#wake();
  }
  /** No more follow; with an error the reader is given it after what waits. */
  end(error?: Error): void {
    this.#end ??= error ? { error } : {};
    this.#wake();
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<SubscribeReport, void, undefined> {
    for (;;) {
      const report = this.#waiting.shift();
      if (report) yield report;
      else if (this.#end?.error) throw this.#end.error;
      else if (this.#end) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
