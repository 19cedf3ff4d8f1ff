import type { MetricRecord } from "./metric-record.ts";

/** Words for UCUM units (prometheus/otlptranslator 1.0, as Prometheus 3.15 has it); a unit outside stays as it is spelled. */
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
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "1": "",
  "%": "percent",
};
const perWords: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};
const wordIn = (words: Readonly<Record<string, string>>, unit: string): string => (Object.hasOwn(words, unit) ? (words[unit] ?? "") : unit);

/** A unit's word as it may stand in a name; `{thing}` units vanish. */
function unitToken(prefix: string, words: Readonly<Record<string, string>>, given: string): string {
  const unit = given.trim();
  if (unit === "" || /[{}]/.test(unit)) return "";
  const word = wordIn(words, unit);
  return word === "" ? "" : (prefix + word).replace(/[^A-Za-z0-9:]+/gu, "_").replace(/^_/, "");
}

function withUnit(tokens: readonly string[], unit: string): string[] {
  const slash = unit.indexOf("/");
  const main = unitToken("", unitWords, slash < 0 ? unit : unit.slice(0, slash));
  const per = unitToken("per_", perWords, slash < 0 ? "" : unit.slice(slash + 1));
  const perSuffix = per === "per_" ? "" : per.replace(/_$/, "");
  const isPer = perSuffix !== "" && !tokens.includes(perSuffix);
  const mainSuffix = tokens.includes(main) ? "" : isPer ? main.replace(/_$/, "") : main;
  return [...tokens, ...(mainSuffix === "" ? [] : [mainSuffix]), ...(isPer ? [perSuffix] : [])];
}

const atEnd = (tokens: readonly string[], token: string): string[] => [...tokens.filter((each) => each !== token), token];

/**
 * The metric family name that Prometheus gives an OTLP metric (`UnderscoreEscapingWithSuffixes`, prometheus/otlptranslator).
 * Histograms get `_bucket`, `_sum` and `_count` after it. Empty where nothing of the name can stand in one.
 */
export function prometheusName(name: string, metric: Pick<MetricRecord, "instrument" | "unit">): string {
  let tokens = withUnit(
    name.split(/[^A-Za-z0-9:]+/u).filter((token) => token !== ""),
    metric.unit,
  );
  if (metric.instrument === "counter") tokens = atEnd(tokens, "total");
  if (metric.instrument === "gauge" && metric.unit === "1") tokens = atEnd(tokens, "ratio");
  const joined = tokens.join("_");
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/**
 * A Prometheus label name as Prometheus' OTLP endpoint makes it by default: every character outside `[A-Za-z0-9_]` becomes `_`, a leading
 * digit gets `key_` before it and a single leading `_` gets `key`.
 */
export function prometheusLabel(key: string): string {
  const label = key.replace(/[^A-Za-z0-9_]/gu, "_");
  if (/^[0-9]/.test(label)) return `key_${label}`;
  return /^_(?!_)/.test(label) ? `key${label}` : label;
}
