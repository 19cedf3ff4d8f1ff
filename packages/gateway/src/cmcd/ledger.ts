import type { AttributesOf, CounterName, HistogramName, MetricRecord } from "@moqscope/telemetry";
import { buckets, metrics } from "@moqscope/telemetry";
import type { Attributes, Metric } from "../otlp/model.ts";

/** One series that a CMCD viewer can write, and where its numbers stand among those of a session. */
export interface LedgerSeries {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly bounds: readonly number[] | undefined;
  readonly index: number;
  readonly first: number;
}

const all: LedgerSeries[] = [];
let width = 0;

function of<N extends CounterName | HistogramName>(name: N, attributes: AttributesOf<N>): LedgerSeries {
  const record: MetricRecord = metrics[name];
  const bounds = record.instrument === "histogram" ? buckets[record.buckets] : undefined;
  const series = {
    name,
    unit: record.unit,
    attributes: new Map(Object.entries<string>(attributes)),
    bounds,
    index: all.length,
    first: width,
  };
  all.push(series);
  width += bounds === undefined ? 1 : bounds.length + 3;
  return series;
}

const transport = "unknown";
/** CMCD tells no cause of a stall. */
const cause = "unknown";

/** Every series that CMCD event mode feeds. */
export const cmcdSeries = {
  playTime: of("moq.client.play_time", { transport }),
  attempt: {
    started: of("moq.client.play_attempts", { outcome: "started", transport }),
    failed: of("moq.client.play_attempts", { outcome: "failed", transport }),
    exited: of("moq.client.play_attempts", { outcome: "exited", transport }),
  },
  startupTime: of("moq.client.startup_time", { transport }),
  rebufferCount: of("moq.client.rebuffer_count", { cause, transport }),
  rebufferTime: of("moq.client.rebuffer_time", { cause, transport }),
  rebufferDuration: of("moq.client.rebuffer_duration", { cause, transport }),
  bufferLength: {
    video: of("moq.client.buffer_length", { media: "video", transport }),
    audio: of("moq.client.buffer_length", { media: "audio", transport }),
  },
  bitrate: { video: of("moq.client.bitrate", { media: "video" }), audio: of("moq.client.bitrate", { media: "audio" }) },
  latency: of("moq.client.latency", { transport }),
  bandwidth: of("moq.client.bandwidth_estimate", { transport }),
  // what a browser counts as dropped missed its moment on the screen
  framesDropped: of("moq.client.frames_dropped", { reason: "deadline", codec: "other" }),
  quality: {
    up: of("moq.client.quality_switches", { direction: "up", trigger: "abr", transport }),
    down: of("moq.client.quality_switches", { direction: "down", trigger: "abr", transport }),
  },
  error: {
    fatal: of("moq.client.errors", { "error.type": "other", fatal: "true" }),
    healed: of("moq.client.errors", { "error.type": "other", fatal: "false" }),
  },
  ended: {
    eos: of("moq.client.sessions_ended", { reason: "eos", transport }),
    quit: of("moq.client.sessions_ended", { reason: "quit", transport }),
    fatal: of("moq.client.sessions_ended", { reason: "fatal", transport }),
    timeout: of("moq.client.sessions_ended", { reason: "timeout", transport }),
  },
  duration: {
    eos: of("moq.client.session_duration", { reason: "eos", transport }),
    quit: of("moq.client.session_duration", { reason: "quit", transport }),
    fatal: of("moq.client.session_duration", { reason: "fatal", transport }),
    timeout: of("moq.client.session_duration", { reason: "timeout", transport }),
  },
} as const;

/** What one body adds to the totals of its session. One object serves all sessions, one after another. */
export class Growth {
  readonly cells: Float64Array = new Float64Array(width);
  readonly touched: Set<LedgerSeries> = new Set();

  /** Adds to a counter; what is no number above zero adds nothing. */
  add(series: LedgerSeries, value: number): void {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) return;
    this.#grow(series.first, value);
    this.touched.add(series);
  }

  /** Adds one observation to a histogram. */
  observe(series: LedgerSeries, value: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
    const bounds = series.bounds ?? [];
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    this.#grow(series.first, 1);
    this.#grow(series.first + 1, value);
    this.#grow(series.first + 2 + bucket, 1);
    this.touched.add(series);
  }

  clear(): void {
    this.cells.fill(0);
    this.touched.clear();
  }

  #grow(at: number, by: number): void {
    this.cells[at] = (this.cells[at] ?? 0) + by;
  }
}

/** What a session has counted since `startMs`, as an OTLP player would hold it: {@link Ledger.bytes} of memory each. */
export class Ledger {
  static readonly bytes: number = width * Float64Array.BYTES_PER_ELEMENT;
  readonly #cells = new Float64Array(width);

  /** Books the growth and tells the totals of what moved, with play_time always among them: a report needs a point to carry its time. */
  book(growth: Growth, times: { readonly startMs: number; readonly timeMs: number }): Metric[] {
    for (let at = 0; at < width; at++) this.#cells[at] = (this.#cells[at] ?? 0) + (growth.cells[at] ?? 0);
    const moved = new Set([cmcdSeries.playTime, ...growth.touched]);
    return [...moved].map((series) => this.#metric(series, times));
  }

  #metric(series: LedgerSeries, times: { readonly startMs: number; readonly timeMs: number }): Metric {
    const { name, unit, attributes, bounds, first } = series;
    const base = { attributes, startMs: times.startMs, timeMs: times.timeMs };
    const value = this.#cells[first] ?? 0;
    if (bounds === undefined) {
      return { kind: "sum", name, unit, monotonic: true, temporality: "cumulative", points: [{ ...base, value }] };
    }
    const buckets = Array.from(this.#cells.subarray(first + 2, first + 3 + bounds.length));
    const point = { ...base, count: value, sum: this.#cells[first + 1] ?? 0, bounds, buckets, noValue: false };
    return { kind: "histogram", name, unit, temporality: "cumulative", points: [point] };
  }
}
