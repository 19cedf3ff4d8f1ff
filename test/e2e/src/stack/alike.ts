import type { Sample } from "./stores.ts";

/** Queries whose answer depends on whether there is a collector, and why. */
const onlyPushed: readonly (readonly [part: RegExp, why: string])[] = [
  [/otelcol_/, "there is no collector"],
  [/\bup\{|prometheus_|alertmanager_/, "another Prometheus watches other targets"],
  [/moq_publisher_|moq-publisher/, "publishers are tools of the command line here, which have no page"],
  [/_(?:1d|3d)\b/, "objectives over days are computed every 2 minutes, by each Prometheus at its own time"],
  [/ALERTS|:rollup5m|:avg5m/, "each Prometheus evaluates at its own time"],
];
/** Why a query need not find the same without a collector; undefined where it must. */
export function differsBecause(expr: string): string | undefined {
  return onlyPushed.find(([part]) => part.test(expr))?.[1];
}

/**
 * What a board draws of an answer, whatever its values: the labels of each series. Left out are the tools of the command line, which have no
 * page that could be scraped, and what the two ways write otherwise: bounds (`1` and `1.0`) and the address of a program of others.
 */
export function drawn(samples: readonly Sample[], tools: ReadonlySet<string>): readonly string[] {
  return samples
    .filter(({ metric }) => !tools.has(metric["instance"] ?? ""))
    .map(({ metric: { __name__: _name, service_version: _version, ...labels } }) => {
      const { le, instance } = labels;
      const same = {
        ...labels,
        ...(le === undefined ? {} : { le: String(Number(le.replace("+Inf", "Infinity"))) }),
        ...(instance?.startsWith("127.0.0.1:") === true ? { instance: "of others" } : {}),
      };
      return JSON.stringify(Object.entries(same).toSorted(([a], [b]) => a.localeCompare(b)));
    })
    .toSorted();
}
