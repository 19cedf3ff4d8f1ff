export { notRecorded } from "../registry/not-recorded.ts";
export { QueryChecker, type QueryCheckerOptions } from "./checker.ts";
export type { QueryProblem, QueryRule } from "./problem.ts";
export { type KnownSeries, type LabelValues, registrySeries, type SeriesType } from "./series.ts";
export { withoutVariables } from "./variables.ts";
