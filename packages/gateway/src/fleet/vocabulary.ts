import type { ClampRule, ClosedSet, MetricRecord } from "@moqscope/telemetry";
import { buckets, fallbackOf, metrics } from "@moqscope/telemetry";
import type { Attributes } from "../otlp/model.ts";
import { type Fold, foldOf, unfolded } from "./fold.ts";
import type { DerivedKey, Viewer } from "./viewer.ts";

/** One attribute of a metric: where each of its values stands among the series of that metric. */
export interface Key {
  readonly name: string;
  readonly values: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  readonly fallback: number;
  /** Series from one value to the next. */
  readonly stride: number;
  /** Places from one value to the next; 0 where only the gateway sets the attribute. */
  readonly placeStride: number;
  readonly isDerived: boolean;
}
/** A metric that the audience may send: its closed label sets, numbered from `firstSlot`. */
export interface FleetMetric {
  readonly name: string;
  readonly service: FleetService;
  readonly record: MetricRecord;
  readonly bounds: readonly number[] | undefined;
  readonly clamp: ClampRule | undefined;
  /** Numbers of one point: the value, or count, sum and buckets. */
  readonly width: number;
  readonly firstSlot: number;
  readonly slots: number;
  readonly keys: readonly Key[];
  /** The attributes that a report gives. */
  readonly sent: readonly Key[];
  /** The attributes that the gateway gives. */
  readonly derived: readonly Key[];
  readonly firstPlace: number;
  readonly places: number;
}
/** A label set of a metric as far as a report gives it; what the gateway adds makes a series of it. */
export interface Place {
  readonly id: number;
  readonly metric: FleetMetric;
  /** The series of a viewer whose derived labels are all the first of their sets. */
  readonly slot: number;
  /** Value of the attribute `transport`, where the metric has it and it is known. */
  readonly transport: string | undefined;
  /** What a report gives. */
  readonly labels: Readonly<Record<string, string>>;
}
/** Where a point of a report goes, and what tells it from others of its session that go to the same place. */
export interface Placed {
  readonly place: Place;
  readonly fold: Fold;
}

/** Who may report to the public ingest. */
export type FleetService = "moq-player" | "moq-publisher";
const services: Readonly<Partial<Record<string, FleetService>>> = { player: "moq-player", publisher: "moq-publisher" };

/** The allow-list of the public ingest: what the audience may send, from the registry, with every possible series numbered. */
export class Vocabulary {
  readonly #metrics = new Map<string, FleetMetric>();
  readonly #places: Place[] = [];
  readonly #slots: number;

  constructor() {
    let firstSlot = 0;
    for (const [name, record] of Object.entries<MetricRecord>(metrics)) {
      const service = services[record.sender];
      if (service === undefined || (record.instrument !== "counter" && record.instrument !== "histogram")) continue;
      const metric = fleetMetric({ name, service, record }, { firstSlot, firstPlace: this.#places.length });
      this.#metrics.set(name, metric);
      firstSlot += metric.slots;
      for (let index = 0; index < metric.places; index++) this.#places.push(placeAt(metric, index));
    }
    this.#slots = firstSlot;
  }

  /** How many series there can ever be. */
  get slots(): number {
    return this.#slots;
  }

  /** Every place, by its id. */
  get places(): readonly Place[] {
    return this.#places;
  }

  metric(name: string): FleetMetric | undefined {
    return this.#metrics.get(name);
  }

  metrics(): Iterable<FleetMetric> {
    return this.#metrics.values();
  }

  /** Where a point goes: its attributes folded into the closed sets, what is no attribute of the metric stripped. */
  placed(metric: FleetMetric, attributes: Attributes): Placed {
    let id = metric.firstPlace;
    let used = 0;
    let isFolded = false;
    for (const key of metric.sent) {
      const given = attributes.get(key.name);
      const at = given === undefined ? undefined : key.index.get(String(given));
      id += (at ?? key.fallback) * key.placeStride;
      if (given !== undefined) used++;
      if (at === undefined) isFolded = true;
    }
    const place = this.#places[id] as Place;
    return { place, fold: isFolded || used !== attributes.size ? foldOf(attributes) : unfolded };
  }
}

function fleetMetric(
  from: { readonly name: string; readonly service: FleetService; readonly record: MetricRecord },
  at: { readonly firstSlot: number; readonly firstPlace: number },
): FleetMetric {
  const { record } = from;
  const keys: Key[] = [];
  let slots = 1;
  let places = 1;
  for (const [key, set] of Object.entries(record.attributes)) {
    // open sets (top broadcasts) are filled by the gateway from the token's claim, never from a report
    if (set.kind === "open") continue;
    const isDerived = set.derived === true;
    keys.push(keyOf(key, set, { stride: slots, placeStride: isDerived ? 0 : places }));
    slots *= set.values.length;
    if (!isDerived) places *= set.values.length;
  }
  const bounds = record.instrument === "histogram" ? buckets[record.buckets] : undefined;
  return {
    ...from,
    bounds,
    clamp: record.clamp,
    width: bounds === undefined ? 1 : bounds.length + 3,
    slots,
    keys,
    sent: keys.filter(({ isDerived }) => !isDerived),
    derived: keys.filter(({ isDerived }) => isDerived),
    places,
    ...at,
  };
}

function keyOf(name: string, set: ClosedSet, strides: Pick<Key, "stride" | "placeStride">): Key {
  const index = new Map(set.values.map((value, at) => [value, at]));
  return { name, values: set.values, index, fallback: index.get(fallbackOf(set)) ?? 0, isDerived: set.derived === true, ...strides };
}

function placeAt(metric: FleetMetric, index: number): Place {
  let slot = metric.firstSlot;
  const labels: Record<string, string> = {};
  for (const { name, values, stride, placeStride } of metric.sent) {
    const at = Math.floor(index / placeStride) % values.length;
    slot += at * stride;
    labels[name] = values[at] ?? "";
  }
  const transport = labels["transport"];
  return {
    id: metric.firstPlace + index,
    metric,
    slot,
    transport: transport === "unknown" ? undefined : transport,
    labels,
  };
}

/** The series of a place for a viewer. */
export function slotOf({ metric, slot }: Place, viewer: Viewer): number {
  let series = slot;
  for (const { name, stride } of metric.derived) series += viewer.at[name as DerivedKey] * stride;
  return series;
}

/** The slot of a label set; `undefined` where the metric has none like it. */
export function slotWith(metric: FleetMetric, labels: Readonly<Record<string, string>>): number | undefined {
  let slot = metric.firstSlot;
  for (const { name, index, stride } of metric.keys) {
    const at = index.get(labels[name] ?? "");
    if (at === undefined) return undefined;
    slot += at * stride;
  }
  return slot;
}

/** The labels of a slot of this metric. */
export function labelsOf(metric: FleetMetric, slot: number): Record<string, string> {
  const labels: Record<string, string> = {};
  const offset = slot - metric.firstSlot;
  for (const { name, values, stride } of metric.keys) labels[name] = values[Math.floor(offset / stride) % values.length] ?? "";
  return labels;
}
