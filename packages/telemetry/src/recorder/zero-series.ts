import type { AttributeSets } from "../registry/attribute-set.ts";
import { metrics } from "../registry/metrics.ts";
import type { AttributesOf, CounterName } from "../registry/types.ts";
import type { Recorder } from "./recorder.ts";

/** All label sets of closed attributes; none where an attribute is open, since nobody knows its values. */
function combinations(sets: AttributeSets): Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const [key, set] of Object.entries(sets)) {
    if (set.derived === true) continue;
    if (set.kind === "open") return [];
    all = all.flatMap((labels) => set.values.map((value) => ({ ...labels, [key]: value })));
  }
  return all;
}

/**
 * Lets every series of these counters exist with 0, so that the first event is an increase that `rate()` sees.
 * Only counters whose attributes are all closed, and only up to 200 series each.
 */
export function startAtZero(recorder: Recorder, ...names: readonly CounterName[]): void {
  for (const name of names) {
    const all = combinations(metrics[name].attributes);
    if (all.length > 200) continue;
    for (const attributes of all) recorder.counter(name, attributes as AttributesOf<typeof name>).add(0);
  }
}
