import type { Reading, Series, Summary } from "@moqscope/telemetry/query";
import { instants, type Line, lookbackMs, quotient, sumOfIncreases, sumOfRates, sumOfValues, sumsOf } from "./series.ts";

/** The gateway keeps 15 minutes; so does the console. */
export const historyMs = 15 * 60_000;
const stepMs = 1_000;

/** One instant of the graphs; null is no data. Bits per second, seconds, a share between 0 and 1. */
export interface Moment {
  readonly atMs: number;
  readonly viewers: number | null;
  readonly bitsIn: number | null;
  readonly bitsOut: number | null;
  readonly startupMean: number | null;
  readonly stallRatio: number | null;
}

/** The series that the past is made of, by metric. */
export interface PastSeries {
  readonly subscribers: readonly Series[];
  readonly bytesReceived: readonly Series[];
  readonly bytesSent: readonly Series[];
  readonly startupTime: readonly Series[];
  readonly rebufferTime: readonly Series[];
  readonly playTime: readonly Series[];
}

const toClients = (series: readonly Series[]): Series[] => series.filter((one) => one.attributes["peer"] === "client");
/** What one relay got from another was already counted where it came in. */
const outsideCluster = (series: readonly Series[]): Series[] => series.filter((one) => one.attributes["peer"] !== "relay");
const inBits = (line: Line): Line => line.map((value) => (value === null ? null : value * 8));

type Windows = Pick<Summary, "nowMs" | "windowMs" | "rateWindowMs">;

/** The past as the gateway's own summaries would have told it: the same sums, peers and window. */
export function momentsOf(past: PastSeries, { nowMs, windowMs, rateWindowMs }: Windows): Moment[] {
  const grid = { fromMs: nowMs - historyMs, toMs: nowMs, stepMs };
  const viewers = sumOfValues(toClients(past.subscribers), grid);
  const bitsIn = inBits(sumOfRates(outsideCluster(past.bytesReceived), grid, rateWindowMs));
  const bitsOut = inBits(sumOfRates(toClients(past.bytesSent), grid, rateWindowMs));
  const starts = sumOfIncreases(past.startupTime, grid, windowMs);
  const startupMean = quotient(sumOfIncreases(sumsOf(past.startupTime), grid, windowMs), starts);
  const stalled = sumOfIncreases(past.rebufferTime, grid, windowMs);
  const played = sumOfIncreases(past.playTime, grid, windowMs);
  const watched = played.map((value, index) => (value === null ? null : value + (stalled[index] ?? 0)));
  const stallRatio = quotient(
    stalled.map((value, index) => value ?? (watched[index] === null ? null : 0)),
    watched,
  );
  return instants(grid).map((atMs, index) => ({
    atMs,
    viewers: viewers[index] ?? null,
    bitsIn: bitsIn[index] ?? null,
    bitsOut: bitsOut[index] ?? null,
    startupMean: startupMean[index] ?? null,
    stallRatio: stallRatio[index] ?? null,
  }));
}

/** The instant that a summary tells of. */
export function momentOf(summary: Summary): Moment {
  const known = (reading: Reading | null): number | null =>
    reading === null || summary.nowMs - reading.atMs > lookbackMs ? null : reading.value;
  const { startup, stalls } = summary;
  return {
    atMs: summary.nowMs,
    viewers: known(summary.viewers),
    bitsIn: known(summary.bitsInPerSecond),
    bitsOut: known(summary.bitsOutPerSecond),
    startupMean: startup === null || startup.count === 0 ? null : startup.sum / startup.count,
    stallRatio: stalls === null ? null : stalls.ratio,
  };
}

/** The last 15 minutes: seeded from the gateway's series, continued by its summaries. */
export class History {
  #moments: readonly Moment[] = [];

  /** Oldest first. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  /** Adds the newest instant; one that is not newer than the last replaces nothing and is left out. */
  append(moment: Moment): void {
    const last = this.#moments.at(-1);
    if (last !== undefined && moment.atMs <= last.atMs) return;
    const from = this.#moments.findIndex((one) => one.atMs >= moment.atMs - historyMs);
    this.#moments = from === -1 ? [moment] : [...this.#moments.slice(from), moment];
  }

  /** Takes the past from the gateway. What the summaries told since `past` was read is kept behind it. */
  seed(past: readonly Moment[]): void {
    const untilMs = past.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    this.#moments = [...past, ...this.#moments.filter((moment) => moment.atMs > untilMs)];
  }
}
