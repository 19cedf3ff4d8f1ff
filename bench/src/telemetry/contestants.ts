import { type AttributesOf, buckets, MetricStore, playerMetrics, sets } from "@moqscope/telemetry";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { PlayerInstruments } from "../../../packages/hang/src/watch/measure/instruments.ts";

export const contestants = ["cell counter", "cell histogram", "player", "SDK counter", "SDK histogram"] as const;
export type Contestant = (typeof contestants)[number];

const counterName = "moq.client.frames_received";
const histogramName = "moq.client.buffer_length";
type Labels = AttributesOf<typeof counterName>;

/** The attribute sets that are written in turn: the first `series` of the eight that the closed sets allow. */
export const mostSeries = sets.media.values.length * sets.transport.values.length;
function attributeSets(series: number): Labels[] {
  return sets.transport.values.flatMap((transport) => sets.media.values.map((media) => ({ media, transport }))).slice(0, series);
}

/** Keeps what is recorded, as a reader between two exports does. */
class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** What a contestant does once: `at` runs through the series, `turn` through the values. Whole numbers, which cost no heap on their way. */
export type Operation = (at: number, turn: number) => void;

function ofPlayer(): Operation {
  const instruments = new PlayerInstruments();
  instruments.attach(memoryRecorder());
  instruments.transport = "webtransport";
  return (at) => instruments.frameReceived(at === 0 ? "video" : "audio");
}

/** Each contestant ready to record these values. The SDK gets attribute objects made beforehand, and the registry's bounds. */
export function operations(series: number, values: Float64Array): Readonly<Record<Contestant, Operation>> {
  const labels = attributeSets(series);
  const store = new MetricStore(playerMetrics);
  const counters = labels.map((each) => store.counter(counterName, each));
  const histograms = labels.map((each) => store.histogram(histogramName, each));
  const meter = new MeterProvider({ readers: [new Reader()] }).getMeter("bench");
  const counter = meter.createCounter(counterName, { unit: "{frame}" });
  const advice = { explicitBucketBoundaries: [...buckets[playerMetrics[histogramName].buckets]] };
  const histogram = meter.createHistogram(histogramName, { unit: "s", advice });
  return {
    "cell counter": (at) => counters[at]?.add(1),
    "cell histogram": (at, turn) => histograms[at]?.record(values[turn] as number),
    player: ofPlayer(),
    "SDK counter": (at) => counter.add(1, labels[at]),
    "SDK histogram": (at, turn) => histogram.record(values[turn] as number, labels[at]),
  };
}
