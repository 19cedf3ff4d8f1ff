import { type AttributeSet, fallbackOf } from "../../src/registry/attribute-set.ts";
import { buckets } from "../../src/registry/buckets.ts";
import { services } from "../../src/registry/resource.ts";
import { allMetrics } from "./registry.ts";

function allowedSet(set: AttributeSet): unknown {
  const derived = set.derived === true ? { derived: true } : {};
  if (set.kind === "open") return { open: true, bound: set.bound, maxBytes: set.maxBytes, fallback: fallbackOf(set), ...derived };
  return { values: set.values, fallback: fallbackOf(set), ...derived };
}

/** What the gateway takes from players and publishers, and the rule that clamps it: anything else is refused. */
export function allowList(): Record<string, unknown> {
  return Object.fromEntries(
    allMetrics.flatMap(([name, record]) => {
      if (record.sender !== "player" && record.sender !== "publisher") return [];
      const allowed = {
        service: services[record.sender],
        type: record.instrument === "histogram" ? "histogram" : "sum",
        unit: record.unit,
        temporality: "cumulative",
        monotonic: record.instrument === "counter",
        ...(record.instrument === "histogram" ? { bounds: buckets[record.buckets] } : {}),
        ...(record.clamp === undefined ? {} : { clamp: record.clamp }),
        attributes: Object.fromEntries(Object.entries(record.attributes).map(([key, set]) => [key, allowedSet(set)])),
      };
      return [[name, allowed]];
    }),
  );
}
