import type { SpanName } from "../registry/types.ts";
import type { Recorder, Span } from "./recorder.ts";
import { silentRecorder } from "./silent.ts";

function guardedSpan<N extends SpanName>(span: Span<N>): Span<N> {
  return {
    context: span.context,
    end(given: Parameters<Span<N>["end"]>[0]) {
      try {
        span.end(given);
      } catch {
        // The span is lost; what it measured goes on.
      }
    },
  };
}

/**
 * The one boundary between telemetry and what it watches: whatever breaks behind it, the caller gets an instrument that hears
 * nothing instead of an exception. `onError` is told, and may throw as well.
 */
export function guarded(recorder: Recorder, onError: (error: unknown) => void = () => {}): Recorder {
  function attempt<T>(work: () => T, otherwise: () => T): T {
    try {
      return work();
    } catch (error) {
      try {
        onError(error);
      } catch {
        // Who is told of failures may not fail the caller either.
      }
      return otherwise();
    }
  }
  return {
    counter: (name, attributes) =>
      attempt(
        () => recorder.counter(name, attributes),
        () => silentRecorder.counter(name, attributes),
      ),
    upDownCounter: (name, attributes) =>
      attempt(
        () => recorder.upDownCounter(name, attributes),
        () => silentRecorder.upDownCounter(name, attributes),
      ),
    histogram: (name, attributes) =>
      attempt(
        () => recorder.histogram(name, attributes),
        () => silentRecorder.histogram(name, attributes),
      ),
    gauge: (name, attributes) =>
      attempt(
        () => recorder.gauge(name, attributes),
        () => silentRecorder.gauge(name, attributes),
      ),
    onCollect: (sample) =>
      attempt(
        () => recorder.onCollect(sample),
        () => () => {},
      ),
    retire: (key, value, metric) =>
      attempt(
        () => recorder.retire(key, value, metric),
        () => {},
      ),
    span: (name, options) =>
      attempt(
        () => guardedSpan(recorder.span(name, options)),
        () => silentRecorder.span(name),
      ),
    event: (level, name, attributes, context) =>
      attempt(
        () => recorder.event(level, name, attributes, context),
        () => {},
      ),
  };
}
