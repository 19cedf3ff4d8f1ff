import { type MetricName, metrics } from "@moqscope/telemetry";
import type { Counter, LabelOf, Selector, Where } from "@moqscope/telemetry/promql";
import * as promql from "@moqscope/telemetry/promql";

type Named<K extends "counter" | "histogram" | "gauge"> = {
  [N in MetricName]: (typeof metrics)[N]["instrument"] extends (K extends "gauge" ? "gauge" | "updowncounter" : K) ? N : never;
}[MetricName];

/** Variables of a board, by the label that each narrows. */
export type ScopeLabel = "region" | "transport" | "cloud_region" | "instance" | "broadcast";

/** Selectors of a board: each has the job of its metric, and those of the board's variables whose labels it carries. */
export interface Scope {
  readonly counter: <N extends Named<"counter">>(name: N, where?: Where<N>) => Counter<LabelOf<N>>;
  readonly samples: <N extends Named<"histogram">>(name: N, where?: Where<N>) => Counter<LabelOf<N>>;
  readonly sums: <N extends Named<"histogram">>(name: N, where?: Where<N>) => Counter<LabelOf<N>>;
  readonly buckets: <N extends Named<"histogram">>(name: N, where?: Where<N>) => Counter<LabelOf<N> | "le">;
  readonly gauge: <N extends Named<"gauge">>(name: N, where?: Where<N>) => Selector<LabelOf<N>>;
}

const jobs = [
  ["moq.client.", "moq-player"],
  ["moq.publisher.", "moq-publisher"],
  ["moq.relay.", "moq-relay"],
  ["moq.gateway.", "moq-gateway"],
] as const;

/** Processes of several services tell the same metrics; a board of them chooses with the variable `job`. */
export function scope(...labels: readonly ScopeLabel[]): Scope {
  const within = <N extends MetricName>(name: N, where: Where<N> | undefined): Where<N> => {
    const job = jobs.find(([prefix]) => name.startsWith(prefix))?.[1] ?? { variable: "job" };
    const variables = labels
      .filter((label) => label in metrics[name].attributes || isIdentity(label, name))
      .map((label) => [label, { variable: label }]);
    return { job, ...Object.fromEntries(variables), ...where } as Where<N>;
  };
  return {
    counter: (name, where) => promql.counter(name, within(name, where)),
    samples: (name, where) => promql.samples(name, within(name, where)),
    sums: (name, where) => promql.sums(name, within(name, where)),
    buckets: (name, where) => promql.bucketsOf(name, within(name, where)),
    gauge: (name, where) => promql.gauge(name, within(name, where)),
  };
}

/** Where a process runs is a label of all that it tells of itself; the fleet's series carry the name of the gateway instead. */
function isIdentity(label: ScopeLabel, name: MetricName): boolean {
  const ofFleet = name.startsWith("moq.client.") || name.startsWith("moq.publisher.");
  return (label === "instance" || label === "cloud_region") && !ofFleet;
}
