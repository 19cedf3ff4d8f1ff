import { SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { BoundedQueue } from "./bounded-queue.ts";

const ringSize = 64;

/**
 * Keeps the last spans of a session that is not sampled and hands them out when it turns interesting: a failed span or a
 * stall (tracing.md §1). A sampled session's spans leave at once.
 */
export class SpanRing implements SpanProcessor {
  readonly #queue: BoundedQueue<ReadableSpan>;
  readonly #ring = new BoundedQueue<ReadableSpan>(ringSize);
  #open: boolean;

  constructor(queue: BoundedQueue<ReadableSpan>, sampled: boolean) {
    this.#queue = queue;
    this.#open = sampled;
  }

  /** Whether the session's spans are sent. */
  get isOpen(): boolean {
    return this.#open;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.#open ||= span.name === "moq.rebuffer" || span.status.code === SpanStatusCode.ERROR;
    this.#ring.put(span);
    if (!this.#open) return;
    for (const kept of this.#ring.take(ringSize)) this.#queue.put(kept);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
