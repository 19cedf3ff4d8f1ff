import type { Exemplar, SeriesView } from "./series-view.ts";
import { exemplarKeptMs } from "./series-view.ts";
import { encode, nanos, Wire, writeAttributes } from "./wire.ts";

const cumulative = 2;
const noRecordedValue = 1;
const scopeName = "moqscope";
/** Columns of a histogram's row. */
const [countColumn, sumColumn, firstBucket] = [0, 1, 2];

/** How a series stands in one cycle: with its value, at zero because it is new, or ended. */
export type Standing = "value" | "zero" | "ended";
export interface Point {
  readonly series: SeriesView;
  readonly standing: Standing;
}
export interface CycleResource {
  readonly attributes: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}
/** Marks of one cycle. */
export interface Cycle {
  readonly nowMs: number;
  /** Told of exemplars that were written. */
  exemplars(count: number): void;
}

/** ExportMetricsServiceRequest in protobuf: all points cumulative and with one timestamp (fleet aggregation, section 5). */
export function metricsRequest(resources: readonly CycleResource[], cycle: Cycle): Buffer {
  const wire = new Wire();
  const writer = new MetricsWriter(wire, cycle);
  for (const resource of resources) {
    if (resource.points.length > 0) wire.message(1, () => writer.resource(resource));
  }
  return wire.take();
}

class MetricsWriter {
  readonly #wire: Wire;
  readonly #cycle: Cycle;
  readonly #time: bigint;

  constructor(wire: Wire, cycle: Cycle) {
    this.#wire = wire;
    this.#cycle = cycle;
    this.#time = nanos(cycle.nowMs);
  }

  resource({ attributes, points }: CycleResource): void {
    const wire = this.#wire;
    wire.message(1, () => writeAttributes(wire, 1, attributes));
    wire.message(2, () => {
      wire.message(1, () => wire.text(1, scopeName));
      for (const family of families(points)) wire.message(2, () => this.#metric(family));
    });
  }

  #metric(points: readonly Point[]): void {
    const [first] = points;
    if (first === undefined) return;
    const { name, record } = first.series;
    const wire = this.#wire.text(1, name).text(2, record.description).text(3, record.unit);
    const all = (write: (point: Point) => void): void => {
      for (const point of points) wire.message(1, () => write(point));
    };
    switch (record.instrument) {
      case "gauge":
        wire.message(5, () => all((point) => this.#number(point)));
        return;
      case "counter":
      case "updowncounter":
        wire.message(7, () => {
          all((point) => this.#number(point));
          wire.uint(2, cumulative);
          if (record.instrument === "counter") wire.uint(3, 1);
        });
        return;
      case "histogram":
        wire.message(9, () => {
          all((point) => this.#histogram(point));
          wire.uint(2, cumulative);
        });
    }
  }

  #number({ series, standing }: Point): void {
    const wire = this.#wire;
    wire.raw(attributeBytes(7, series.attributes));
    wire.fixed64(2, nanos(series.startMs)).fixed64(3, this.#time);
    switch (standing) {
      case "value":
        wire.double(4, series.row[0] ?? 0);
        this.#exemplars(5, series.exemplars);
        return;
      case "zero":
        wire.double(4, 0);
        return;
      case "ended":
        wire.uint(8, noRecordedValue);
    }
  }

  #histogram({ series, standing }: Point): void {
    const wire = this.#wire;
    const { row, bounds = [] } = series;
    wire.raw(attributeBytes(9, series.attributes));
    wire.fixed64(2, nanos(series.startMs)).fixed64(3, this.#time);
    if (standing === "ended") {
      wire.uint(10, noRecordedValue);
      return;
    }
    const buckets = new Float64Array(bounds.length + 1);
    if (standing === "value") for (let at = 0; at < buckets.length; at++) buckets[at] = row[firstBucket + at] ?? 0;
    const isZero = standing === "zero";
    wire.fixed64(4, isZero ? 0 : (row[countColumn] ?? 0)).double(5, isZero ? 0 : (row[sumColumn] ?? 0));
    wire.packed(6, "fixed64", buckets).packed(7, "double", bounds);
    if (!isZero) this.#exemplars(8, series.exemplars);
  }

  #exemplars(field: number, exemplars: readonly (Exemplar | undefined)[]): void {
    const wire = this.#wire;
    let count = 0;
    for (const exemplar of exemplars) {
      if (exemplar === undefined || this.#cycle.nowMs - exemplar.atMs > exemplarKeptMs) continue;
      count++;
      wire.message(field, () => {
        wire.fixed64(2, nanos(exemplar.atMs)).double(3, exemplar.value);
        wire.bytes(4, Buffer.from(exemplar.spanId, "hex")).bytes(5, Buffer.from(exemplar.traceId, "hex"));
      });
    }
    if (count > 0) this.#cycle.exemplars(count);
  }
}

/** Labels of a series are the same object in every cycle: written once, they are most of the work. */
const written = new WeakMap<object, Buffer>();

function attributeBytes(field: 7 | 9, attributes: Readonly<Record<string, string>>): Buffer {
  let bytes = written.get(attributes);
  if (bytes === undefined) written.set(attributes, (bytes = encode((wire) => writeAttributes(wire, field, attributes))));
  return bytes;
}

function families(points: readonly Point[]): Iterable<readonly Point[]> {
  const byName = new Map<string, Point[]>();
  for (const point of points) {
    const family = byName.get(point.series.name);
    if (family === undefined) byName.set(point.series.name, [point]);
    else family.push(point);
  }
  return byName.values();
}
