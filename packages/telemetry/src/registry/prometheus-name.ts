import type { MetricRecord } from "./metric-record.ts";

/** Unit words of otlptranslator's unit_namer.go, as far as UCUM units are in use; a unit outside stays as it is spelled. */
const unitWords: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  "%": "percent",
  Hz: "hertz",
  "1": "",
};
const perWords: Readonly<Record<string, string>> = { s: "second", m: "minute", h: "hour", d: "day" };

const tokensOf = (text: string): string[] => text.split(/[^A-Za-z0-9:]+/).filter((token) => token !== "");

/** `{thing}` units vanish. */
function unitWord(words: Readonly<Record<string, string>>, unit: string): string {
  return unit.includes("{") ? "" : tokensOf(words[unit] ?? unit).join("_");
}

/**
 * The metric family name that Prometheus gives an OTLP metric (`UnderscoreEscapingWithSuffixes`, prometheus/otlptranslator).
 * Histograms get `_bucket`, `_sum` and `_count` after it.
 */
export function prometheusName(name: string, metric: Pick<MetricRecord, "instrument" | "unit">): string {
  let tokens = tokensOf(name);
  const [unit = "", per = ""] = metric.unit.split("/", 2);
  const unitToken = unitWord(unitWords, unit);
  if (unitToken !== "" && !tokens.includes(unitToken)) tokens.push(unitToken);
  const perToken = unitWord(perWords, per);
  if (perToken !== "") tokens.push("per", perToken);
  if (metric.instrument === "counter") tokens = [...tokens.filter((token) => token !== "total"), "total"];
  if (metric.instrument === "gauge" && metric.unit === "1") tokens = [...tokens.filter((token) => token !== "ratio"), "ratio"];
  const joined = tokens.join("_");
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/** A Prometheus label name: every character outside `[A-Za-z0-9_]` becomes `_`. */
export function prometheusLabel(key: string): string {
  return key.replace(/[^A-Za-z0-9_]/g, "_");
}
