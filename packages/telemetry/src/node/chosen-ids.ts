import { type IdGenerator, RandomIdGenerator } from "@opentelemetry/sdk-trace";

/** Ids of spans: random, but for a span whose id others compute too (tracing.md §1). */
export class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  /** The id of the span that is started next. */
  next: string | undefined;
  generateTraceId(): string {
    return this.#random.generateTraceId();
  }
  generateSpanId(): string {
    const chosen = this.next;
    this.next = undefined;
    return chosen ?? this.#random.generateSpanId();
  }
}
