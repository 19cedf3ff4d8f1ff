/** PromQL over the registry, for rules and dashboards: a metric, label or value that it does not hold does not compile. */
export * from "./expression.ts";
export { foreignCounter, foreignGauge } from "./foreign.ts";
export * from "./series.ts";
