import { declined, type JsonScanner } from "./json-scanner.ts";
import { Words } from "./words.ts";

export const object = 0x7b;
export const objectEnd = 0x7d;
export const array = 0x5b;
export const arrayEnd = 0x5d;

/** Members of OTLP/JSON that a player's report has. */
export const keyNames = [
  "resourceMetrics",
  "resource",
  "attributes",
  "key",
  "value",
  "stringValue",
  "intValue",
  "boolValue",
  "scopeMetrics",
  "scope",
  "metrics",
  "name",
  "version",
  "unit",
  "sum",
  "histogram",
  "aggregationTemporality",
  "isMonotonic",
  "dataPoints",
  "startTimeUnixNano",
  "timeUnixNano",
  "asDouble",
  "asInt",
  "count",
  "bucketCounts",
  "explicitBounds",
  "exemplars",
  "traceId",
  "spanId",
] as const;
export type KeyName = (typeof keyNames)[number];
const keys = new Words(keyNames);

/** The next key, as its index in `keyNames`. */
export function nextKey(scan: JsonScanner): number {
  return scan.key(keys);
}

/** Passes a key that must be this one. */
export function passKey(scan: JsonScanner, name: KeyName): void {
  if (keyNames[scan.key(keys)] !== name) throw declined;
}

export function bitOf(name: KeyName): number {
  return 1 << keyNames.indexOf(name);
}

/** Notes that a member was met; the same one again is declined: which of two counts is not a plain question. */
export function once(seen: number, index: number): number {
  const bit = 1 << index;
  if ((seen & bit) !== 0) throw declined;
  return seen | bit;
}
