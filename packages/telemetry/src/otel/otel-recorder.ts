import { type MeterProvider, metrics as metricsApi, type TracerProvider, trace } from "@opentelemetry/api";
import { type LoggerProvider, logs } from "@opentelemetry/api-logs";
import { guarded } from "../recorder/guarded.ts";
import { MetricStore } from "../recorder/metric-store.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { seriesOf } from "../recorder/series-of.ts";
import { silentRecorder } from "../recorder/silent.ts";
import type { MetricTable } from "../registry/metric-record.ts";
import { metrics } from "../registry/metrics.ts";
import { SdkHistograms } from "./histograms.ts";
import { emitEvent, eventRecord } from "./log-events.ts";
import { observeNumbers } from "./observables.ts";
import { scopeName } from "./scope.ts";
import { startSpan } from "./tracer-spans.ts";

/** The providers of an application; what is left out is the one registered with the OpenTelemetry API. */
export interface OtelRecorderOptions {
  readonly meterProvider?: MeterProvider | undefined;
  readonly tracerProvider?: TracerProvider | undefined;
  readonly loggerProvider?: LoggerProvider | undefined;
  /** The part of the vocabulary that the application has, such as `playerMetrics`; default all of it. */
  readonly metrics?: MetricTable | undefined;
  /** Told what broke behind the recorder; default nobody. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface OtelRecorder extends Recorder {
  /** Takes the cells from the meter. May be called twice. The providers stay the application's. */
  close(): void;
}

/**
 * A `Recorder` over the OpenTelemetry API, for an application that runs an SDK already: counters, up-down counters and gauges
 * are observable instruments that read our cells when the SDK collects; histograms are the SDK's own, advised of the registry's
 * bounds; spans go to its tracer, events to its logger. Make it after the SDK has started: a meter of the API asked for
 * earlier never records. No call of the recorder throws.
 */
export function otelRecorder(options: OtelRecorderOptions = {}): OtelRecorder {
  const { metrics: table = metrics, onError } = options;
  const meter = (options.meterProvider ?? metricsApi.getMeterProvider()).getMeter(scopeName);
  const tracer = (options.tracerProvider ?? trace.getTracerProvider()).getTracer(scopeName);
  const logger = (options.loggerProvider ?? logs.getLoggerProvider()).getLogger(scopeName);
  const store = new MetricStore(table, onError === undefined ? {} : { onError });
  const histograms = new SdkHistograms(meter, table);
  const recorder: Recorder = {
    ...seriesOf(store),
    histogram: (name, attributes) => histograms.get(name, attributes) ?? silentRecorder.histogram(name, attributes),
    retire(key, value, metric) {
      store.retire(key, value, metric);
      histograms.retire(key, value, metric);
    },
    span: (name, spanOptions) => startSpan(tracer, name, spanOptions),
    event: (level, name, attributes, context) => emitEvent(logger, eventRecord(level, name, attributes, context)),
  };
  return { ...guarded(recorder, onError), close: observeNumbers(meter, store, table) };
}
