import type { ClampRule, ClosedSet, MetricRecord } from "@moqscope/telemetry";
import { buckets, fallbackOf, metrics } from "@moqscope/telemetry";
import type { Attributes } from "../otlp/model.ts";

/** One attribute of a metric: where each of its values stands among the series of that metric. */
interface Key {
  readonly name: string;
  readonly values: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  readonly fallback: number;
  readonly stride: number;
  readonly isDerived: boolean;
}
/** A metric that the audience may send: its closed label sets, numbered from `firstSlot`. */
export interface FleetMetric {
  readonly name: string;
  readonly record: MetricRecord;
  readonly bounds: readonly number[] | undefined;
  readonly clamp: ClampRule | undefined;
  readonly firstSlot: number;
  readonly slots: number;
  readonly keys: readonly Key[];
}
/** What the gateway itself knows of a session's viewer. */
export type DerivedLabels = Readonly<Record<"region" | "browser" | "device", string>>;

/** Where a point goes. `key` tells the points of one session apart, also those that share a series because a value was folded. */
export interface Place {
  readonly slot: number;
  readonly key: number | string;
}

/** The allow-list of the public ingest: what players may send, from the registry, with every possible series numbered. */
export class Vocabulary {
  readonly #metrics = new Map<string, FleetMetric>();
  readonly #slots: number;

  constructor() {
    let firstSlot = 0;
    for (const [name, record] of Object.entries<MetricRecord>(metrics)) {
      if (record.sender !== "player") continue;
      const metric = fleetMetric(name, record, firstSlot);
      this.#metrics.set(name, metric);
      firstSlot += metric.slots;
    }
    this.#slots = firstSlot;
  }

  /** How many series there can ever be. */
  get slots(): number {
    return this.#slots;
  }

  metric(name: string): FleetMetric | undefined {
    return this.#metrics.get(name);
  }

  metrics(): Iterable<FleetMetric> {
    return this.#metrics.values();
  }
}

function fleetMetric(name: string, record: MetricRecord, firstSlot: number): FleetMetric {
  const keys: Key[] = [];
  let slots = 1;
  for (const [key, set] of Object.entries(record.attributes)) {
    // open sets (top broadcasts) are filled by the gateway from the token's claim, never from a report
    if (set.kind === "open") continue;
    keys.push(keyOf(key, set, slots));
    slots *= set.values.length;
  }
  const bounds = record.instrument === "histogram" ? buckets[record.buckets] : undefined;
  return { name, record, bounds, clamp: record.clamp, firstSlot, slots, keys };
}

function keyOf(name: string, set: ClosedSet, stride: number): Key {
  const index = new Map(set.values.map((value, at) => [value, at]));
  return { name, values: set.values, index, fallback: index.get(fallbackOf(set)) ?? 0, stride, isDerived: set.derived === true };
}

/** The series of a point: derived labels from the gateway, the others from the point, folded into the closed set; the rest is stripped. */
export function placeOf(metric: FleetMetric, attributes: Attributes, derived: DerivedLabels): Place {
  let slot = metric.firstSlot;
  let used = 0;
  let isFolded = false;
  for (const key of metric.keys) {
    const given = key.isDerived ? derived[key.name as keyof DerivedLabels] : attributes.get(key.name);
    const at = given === undefined ? undefined : key.index.get(String(given));
    slot += (at ?? key.fallback) * key.stride;
    if (key.isDerived) continue;
    if (given !== undefined) used++;
    if (at === undefined) isFolded = true;
  }
  return { slot, key: isFolded || used !== attributes.size ? rawKey(slot, attributes) : slot };
}

/** The labels of a slot of this metric. */
export function labelsOf(metric: FleetMetric, slot: number): Record<string, string> {
  const labels: Record<string, string> = {};
  const offset = slot - metric.firstSlot;
  for (const { name, values, stride } of metric.keys) labels[name] = values[Math.floor(offset / stride) % values.length] ?? "";
  return labels;
}

function rawKey(slot: number, attributes: Attributes): string {
  const pairs = [...attributes].map(([key, value]) => `${key}=${value}`);
  return `${slot}\u0000${pairs.toSorted().join("\u0000")}`;
}
