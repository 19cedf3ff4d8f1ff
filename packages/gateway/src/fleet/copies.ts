import { metricRecord, sets } from "@moqscope/telemetry";
import { cellShape, type FleetCell, type FleetSeries } from "./fleet-series.ts";
import type { FleetMetric, Place, Vocabulary } from "./vocabulary.ts";

/** A start that takes longer is slow (metrics catalogue, section 5.1). */
const slowStartSeconds = 2;
/** Causes of stalls that say something of a country's networks. */
const networkCauses = ["network", "unknown"];

/** What is copied by country and by broadcast: its name after the prefix, and its outcome where it has one. */
interface Measure {
  readonly name: string;
  readonly outcome: string | undefined;
}
const measures: readonly Measure[] = [
  ...sets.attemptOutcome.values.map((outcome) => ({ name: "play_attempts", outcome })),
  ...["play_time", "rebuffer_time", "slow_starts"].map((name) => ({ name, outcome: undefined })),
];

/** How the growth at a place is copied. */
export interface Tap {
  /** Index of the measure. */
  readonly measure: number;
  /** Columns of the growth that are added up. */
  readonly from: number;
  readonly to: number;
  readonly isByCountry: boolean;
}

/** The tap of every place that has one, by its id. */
export function tapsOf(vocabulary: Vocabulary): readonly (Tap | undefined)[] {
  return vocabulary.places.map(tapOf);
}

function tapOf({ metric, labels }: Place): Tap | undefined {
  const value = { from: 0, to: 1, isByCountry: true };
  const measure = (name: string, outcome?: string): number => measures.findIndex((each) => each.name === name && each.outcome === outcome);
  switch (metric.name) {
    case "moq.client.play_attempts":
      return { ...value, measure: measure("play_attempts", labels["outcome"]) };
    case "moq.client.play_time":
      return { ...value, measure: measure("play_time") };
    case "moq.client.rebuffer_time":
      return { ...value, measure: measure("rebuffer_time"), isByCountry: networkCauses.includes(labels["cause"] ?? "") };
    case "moq.client.startup_time":
      return { measure: measure("slow_starts"), from: firstSlowColumn(metric), to: metric.width, isByCountry: true };
    default:
      return undefined;
  }
}

/** Column of the first bucket that holds only slow starts. */
function firstSlowColumn({ bounds = [] }: FleetMetric): number {
  return 3 + bounds.indexOf(slowStartSeconds);
}

/** What a tap gives of the growth of a point. */
export function tapped({ from, to }: Tap, numbers: Float64Array, offset: number): number {
  let sum = 0;
  for (let column = from; column < to; column++) sum += numbers[offset + column] as number;
  return sum;
}

/** The copied series of one country or one broadcast: all there from its first session on, at zero. */
export class Copies {
  readonly #series: FleetSeries;
  readonly #cells: readonly (FleetCell | undefined)[];
  readonly #one = new Float64Array(1);

  constructor(series: FleetSeries, label: { readonly key: "country" | "broadcast"; readonly value: string }, nowMs: number) {
    this.#series = series;
    this.#cells = measures.map(({ name, outcome }) => {
      const attributes = { [label.key]: label.value, ...(outcome === undefined ? {} : { outcome }) };
      const shape = derivedShape(`moq.client.${label.key}.${name}`, attributes);
      return shape === undefined ? undefined : series.make(shape, nowMs);
    });
  }

  add(measure: number, value: number): void {
    const cell = this.#cells[measure];
    if (cell === undefined) return;
    this.#one[0] = value;
    this.#series.add(cell, this.#one, 0);
  }

  end(nowMs: number): void {
    for (const cell of this.#cells) if (cell !== undefined) this.#series.end(cell, nowMs);
  }
}

/** The shape of a series that the gateway derives for players. */
export function derivedShape(name: string, attributes: Readonly<Record<string, string>>): ReturnType<typeof cellShape> | undefined {
  const record = metricRecord(name);
  return record === undefined ? undefined : cellShape({ name, service: "moq-player", record, bounds: undefined }, attributes);
}
