import type { CmcdEvent, PerMedia, PlayState } from "./event.ts";
import { type Growth, type LedgerSeries, cmcdSeries as series } from "./ledger.ts";

/** Least time between two samples of a session, as the metrics say: once a second, or every 10 s. */
const secondMs = 1_000;
const slowMs = 10_000;
/** A rate that differs by less than this from the one before is the same rendition. */
const sameRate = 0.01;

/** What is playing: where samples count. */
interface Viewer {
  readonly state: PlayState | undefined;
  readonly isStarted: boolean;
}

/** Samples what a session's events say of buffer, throughput and bitrate, as often as an OTLP player would at most. */
export class Samples {
  #bufferAt = Number.NEGATIVE_INFINITY;
  #latencyAt = Number.NEGATIVE_INFINITY;
  #rateAt = Number.NEGATIVE_INFINITY;
  #throughputAt = Number.NEGATIVE_INFINITY;
  #videoRate: number | undefined;
  /** dash.js tells an empty buffer of sound where there is no sound at all. */
  #hasSound = false;

  /** Reads one event of a viewer whose state is that after the event. */
  take(event: CmcdEvent, { state, isStarted }: Viewer, growth: Growth): void {
    this.#noteSwitch(event, isStarted, growth);
    // of a player that tells no states it is known only that it started
    if (!isStarted || (state !== undefined && state !== "p" && state !== "r")) return;
    this.#takeBuffer(event, growth);
    this.#takeLatency(event, growth);
    this.#takeRates(event, growth);
    this.#takeThroughput(event, growth);
  }

  #takeBuffer({ ts, bufferLength }: CmcdEvent, growth: Growth): void {
    if (bufferLength === undefined || ts - this.#bufferAt < secondMs) return;
    this.#bufferAt = ts;
    this.#hasSound ||= (bufferLength.audio ?? 0) > 0;
    observeEach(this.#hasSound ? bufferLength : { ...bufferLength, audio: undefined }, series.bufferLength, growth, 1 / 1000);
  }

  #takeLatency({ ts, latency }: CmcdEvent, growth: Growth): void {
    if (latency === undefined || ts - this.#latencyAt < secondMs) return;
    this.#latencyAt = ts;
    growth.observe(series.latency, latency / 1000);
  }

  #takeRates({ ts, playheadBitrate, bitrate }: CmcdEvent, growth: Growth): void {
    const rate = playheadBitrate ?? bitrate;
    if (rate === undefined || ts - this.#rateAt < slowMs) return;
    this.#rateAt = ts;
    observeEach(rate, series.bitrate, growth, 1000);
  }

  #takeThroughput({ ts, throughput }: CmcdEvent, growth: Growth): void {
    if (throughput === undefined || ts - this.#throughputAt < slowMs) return;
    this.#throughputAt = ts;
    growth.observe(series.bandwidth, throughput * 1000);
  }

  #noteSwitch({ type, bitrate }: CmcdEvent, isStarted: boolean, growth: Growth): void {
    const rate = bitrate?.video;
    if (rate === undefined) return;
    const before = this.#videoRate;
    this.#videoRate = rate;
    if (type !== "bc" || !isStarted || before === undefined || Math.abs(rate - before) <= sameRate * before) return;
    growth.add(rate > before ? series.quality.up : series.quality.down, 1);
  }
}

function observeEach(values: PerMedia, into: Readonly<Record<keyof PerMedia, LedgerSeries>>, growth: Growth, factor: number): void {
  for (const media of ["video", "audio"] as const) {
    const value = values[media];
    if (value !== undefined) growth.observe(into[media], value * factor);
  }
}
