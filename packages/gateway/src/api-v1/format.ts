import type { Result, ResultSeries } from "../promql/engine.ts";
import { goNumber } from "../promql/functions/quantile-warning.ts";

/** A value with its time, as Prometheus' API writes it: seconds, and the number as a text. */
export type WirePoint = readonly [number, string];
export interface WireSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: WirePoint;
  readonly values?: readonly WirePoint[];
}
export interface WireResult {
  readonly resultType: Result["type"];
  readonly result: readonly WireSeries[] | WirePoint;
}

/** A result as the `data` of Prometheus' query API. */
export function wireResult(result: Result): WireResult {
  switch (result.type) {
    case "scalar":
      return { resultType: "scalar", result: wirePoint([result.atMs, result.value]) };
    case "string":
      return { resultType: "string", result: [result.atMs / 1000, result.text] };
    case "vector":
      return { resultType: "vector", result: result.series.map(vectorSeries) };
    case "matrix":
      return { resultType: "matrix", result: result.series.map(matrixSeries) };
  }
}

function vectorSeries({ labels, points: [point] }: ResultSeries): WireSeries {
  return { metric: labels.toRecord(), value: wirePoint(point ?? [0, Number.NaN]) };
}

function matrixSeries({ labels, points }: ResultSeries): WireSeries {
  return { metric: labels.toRecord(), values: points.map(wirePoint) };
}

function wirePoint([atMs, value]: readonly [number, number]): WirePoint {
  return [atMs / 1000, goNumber(value)];
}
