import type { ClampRule } from "@moqscope/telemetry";
import { exemplarKeptMs } from "../export/series-view.ts";
import { clampGrowth, mostCounted } from "./clamp.ts";
import type { IngestParts } from "./fleet-ingest.ts";
import type { FleetCell } from "./fleet-series.ts";
import { KnownPoints } from "./known-points.ts";
import { type Report, widestPoint } from "./report.ts";
import { transportNumber } from "./session-view.ts";
import { pageBytes } from "./slab.ts";
import type { Viewer } from "./viewer.ts";
import { type FleetMetric, type Place, slotOf } from "./vocabulary.ts";

interface Measuring {
  readonly row: number;
  /** The base of every point becomes zero. */
  readonly isRebase: boolean;
  /** A report without a sequence: each of its points may start anew for itself. */
  readonly isStock: boolean;
  /** Whether growth goes into the fleet. */
  readonly isCounted: boolean;
  readonly nowMs: number;
}

/** What became of a point of the report at hand. */
const refused = 0;
const unchanged = 1;
const merged = 2;
const clamped = 3;

/** A sender's wall clock that is further from ours says nothing of latency (clamp `time_skew`). */
const mostSkewMs = 600_000;
const latency = "moq.client.latency";

/** The difference between a report and what its session said before, first measured whole, then added to the fleet. */
export class Merge {
  readonly #parts: IngestParts;
  readonly #known: KnownPoints;
  readonly #outcome: Uint8Array;
  readonly #cells: (FleetCell | undefined)[] = [];
  /** Points by what became of them. */
  readonly #counts = new Uint32Array(4);
  /** The report, counted, in which each known point was met last: a second point of the same place is refused. */
  readonly #met: Uint32Array;
  #round = 0;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    const { limits, vocabulary } = parts;
    this.#known = new KnownPoints(vocabulary.places, limits.pointsPerSession);
    this.#outcome = new Uint8Array(limits.pointsPerReport);
    this.#met = new Uint32Array(limits.pointsPerSession);
  }

  /** Turns the numbers of the report into growth and keeps them as the session's newest. Nothing of the fleet has moved when this throws. */
  measure(report: Report, at: Measuring): void {
    const known = this.#known;
    this.#parts.table.read(at.row, known);
    this.#round = (this.#round + 1) >>> 0 || 1;
    this.#counts.fill(0);
    if (at.isRebase) for (let index = 0; index < known.count; index++) known.reset(index);
    for (let point = 0; point < report.count; point++) {
      const outcome = this.#measurePoint(report, point, at);
      this.#outcome[point] = outcome;
      this.#counts[outcome] = (this.#counts[outcome] as number) + 1;
    }
    this.#parts.table.write(at.row, known, at.nowMs);
  }

  /** Adds what was measured to the series of the fleet. */
  add(report: Report, at: Measuring): void {
    const { viewers, table, meter } = this.#parts;
    const viewer = viewers.at(table.columns.viewer[at.row] as number);
    if (at.isCounted) for (let point = 0; point < report.count; point++) this.#cells[point] = this.#addPoint(report, point, { at, viewer });
    if (report.exemplars.length > 0 && at.isCounted) this.#addExemplars(report, at.nowMs);
    meter.points("merged", this.#counts[merged] as number);
    meter.points("clamped", this.#counts[clamped] as number);
    meter.points("unchanged", this.#counts[unchanged] as number);
  }

  /** The series that grew. A new label set exists from its first report on, also at zero. */
  #addPoint(report: Report, point: number, { at, viewer }: { readonly at: Measuring; readonly viewer: Viewer }): FleetCell | undefined {
    const outcome = this.#outcome[point];
    if (outcome === refused) return undefined;
    const { series, table } = this.#parts;
    const place = this.#known.placesAll[report.places[point] as number] as Place;
    if (place.transport !== undefined) table.columns.transport[at.row] = transportNumber(place.transport);
    const cell = series.at(place.metric, slotOf(place, viewer), at.nowMs);
    if (cell === undefined || outcome === unchanged) return undefined;
    const from = report.offsets[point] as number;
    series.add(cell, report.numbers, from);
    this.#parts.breakdown.add(place, { numbers: report.numbers, from }, { row: at.row, viewer, nowMs: at.nowMs });
    return cell;
  }

  /** An exemplar's age is the distance of two times by its sender's clock, so a wrong clock makes none younger. */
  #addExemplars(report: Report, nowMs: number): void {
    for (const { point, value, timeMs, traceId, spanId } of report.exemplars) {
      const ageMs = Math.max(0, report.timeMs - timeMs);
      if (ageMs <= exemplarKeptMs) this.#cells[point]?.exemplars?.offer({ value, atMs: nowMs - ageMs, traceId, spanId });
    }
  }

  #measurePoint(report: Report, point: number, at: Measuring): number {
    const known = this.#known;
    const place = report.places[point] as number;
    const high = report.foldHigh[point] as number;
    const low = report.foldLow[point] as number;
    let index = known.find(place, high, low);
    if (index < 0) {
      if (!known.hasRoom(place, pageBytes)) return refuse(report, "too_many_points");
      index = known.add(place, high, low);
    } else if (this.#met[index] === this.#round) return refuse(report, "malformed");
    this.#met[index] = this.#round;
    const grown = { from: report.offsets[point] as number, base: index * widestPoint, width: known.widthOf(index) };
    if (at.isStock && this.#startsAnew(index, report.starts[point] as number)) known.reset(index);
    else if (isDecreasing(report.numbers, known.numbers, grown)) return refuse(report, "decreasing");
    return this.#grow(report, index, { grown, at });
  }

  #startsAnew(index: number, startMs: number): boolean {
    const { starts } = this.#known;
    const isAnew = starts[index] !== 0 && startMs > (starts[index] as number);
    starts[index] = startMs;
    return isAnew;
  }

  #grow(report: Report, index: number, { grown, at }: { readonly grown: Columns; readonly at: Measuring }): number {
    const known = this.#known;
    const { metric } = known.place(index);
    const { numbers } = report;
    const { from, base } = grown;
    const before = known.numbers[base] as number;
    const isGrown = takeGrowth(numbers, known.numbers, grown);
    if (!at.isCounted || !isGrown) return unchanged;
    const counted = known.counted[index] as number;
    const rule = this.#clamp(metric, { report, from, counted, at });
    // the same number as the newest one where nothing was ever cut: then it is not kept twice
    const isWhole = rule === undefined && counted === before;
    known.counted[index] = isWhole ? (known.numbers[base] as number) : counted + (numbers[from] as number);
    if (rule === undefined) return merged;
    this.#parts.meter.clamped(rule);
    return clamped;
  }

  /** Cuts the growth of a point to what physics allows. Answers the rule that did. */
  #clamp(
    metric: FleetMetric,
    { report, from, counted, at }: { readonly report: Report; readonly from: number; readonly counted: number; readonly at: Measuring },
  ): ClampRule | "time_skew" | undefined {
    const { numbers } = report;
    if (metric.name === latency && Math.abs(report.timeMs - at.nowMs) > mostSkewMs) {
      numbers.fill(0, from, from + metric.width);
      return "time_skew";
    }
    if (metric.clamp === undefined) return undefined;
    const { firstSeenMs, firstAgeMs } = this.#parts.table.columns;
    const elapsedMs = at.nowMs - (firstSeenMs[at.row] as number) + (firstAgeMs[at.row] as number);
    const isClamped = clampGrowth(metric, { numbers, from }, mostCounted(metric, elapsedMs / 1000) - counted);
    return isClamped ? metric.clamp : undefined;
  }
}

/** Where the numbers of a point stand in the report and among those of its session. */
interface Columns {
  readonly from: number;
  readonly base: number;
  readonly width: number;
}

function refuse(report: Report, reason: "too_many_points" | "malformed" | "decreasing"): number {
  report.refuse(reason);
  return refused;
}

function isDecreasing(numbers: Float64Array, known: Float64Array, { from, base, width }: Columns): boolean {
  for (let column = 0; column < width; column++) if ((numbers[from + column] as number) < (known[base + column] as number)) return true;
  return false;
}

/** Keeps what was sent as known and leaves the difference in its place. Says whether there is any. */
function takeGrowth(numbers: Float64Array, known: Float64Array, { from, base, width }: Columns): boolean {
  let isGrown = false;
  for (let column = 0; column < width; column++) {
    const value = numbers[from + column] as number;
    const growth = value - (known[base + column] as number);
    numbers[from + column] = growth;
    known[base + column] = value;
    if (growth !== 0) isGrown = true;
  }
  return isGrown;
}
