import type { Recorder } from "./recorder.ts";

/** What a recorder does with numbers: everything but spans and events. */
export type SeriesRecorder = Pick<Recorder, "counter" | "upDownCounter" | "histogram" | "gauge" | "onCollect" | "retire">;

/** The series of a store, or of another recorder, for a recorder that has spans and events of its own. */
export function seriesOf(store: SeriesRecorder): SeriesRecorder {
  return {
    counter: (name, attributes) => store.counter(name, attributes),
    upDownCounter: (name, attributes) => store.upDownCounter(name, attributes),
    histogram: (name, attributes) => store.histogram(name, attributes),
    gauge: (name, attributes) => store.gauge(name, attributes),
    onCollect: (sample) => store.onCollect(sample),
    retire: (key, value, metric) => store.retire(key, value, metric),
  };
}
