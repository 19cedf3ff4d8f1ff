import { unfolded } from "./fold.ts";
import { array, arrayEnd, bitOf, type KeyName, keyNames, nextKey, object, objectEnd, once, passKey } from "./json-keys.ts";
import { declined, JsonScanner } from "./json-scanner.ts";
import { NanosMemo, PointTimes } from "./json-times.ts";
import { type PlainMetric, PlainMetrics } from "./plain-metrics.ts";
import { readJsonHead } from "./read-json-head.ts";
import type { Report } from "./report.ts";
import type { FleetService, Place, Vocabulary } from "./vocabulary.ts";

/** Aggregation temporality "cumulative" of OTLP. */
const cumulative = 2;

/**
 * Reads the reports that players send, straight from the bytes of their OTLP/JSON into a report. What is not plain (another order that
 * matters, a label outside of its set, an escape, anything wrong) it does not judge: it declines the body, and `readModel` decides.
 */
export class JsonReports {
  readonly #scan = new JsonScanner();
  readonly #metrics: PlainMetrics;
  readonly #report: Report;
  readonly #times = new PointTimes();

  constructor(vocabulary: Vocabulary, report: Report) {
    this.#metrics = PlainMetrics.of(vocabulary);
    this.#report = report;
  }

  /** Says whether the body was read; where not, the report must be cleared. */
  read(body: Uint8Array): boolean {
    this.#scan.start(body);
    this.#times.forget();
    try {
      this.#root();
      return true;
    } catch (error) {
      if (error === declined) return false;
      throw error;
    }
  }

  #root(): void {
    const scan = this.#scan;
    if (!scan.open(object)) throw declined;
    passKey(scan, "resourceMetrics");
    if (!scan.open(array)) throw declined;
    this.#resourceMetrics();
    if (scan.more(arrayEnd) || scan.more(objectEnd)) throw declined;
    scan.end();
  }

  #resourceMetrics(): void {
    const scan = this.#scan;
    if (!scan.open(object)) throw declined;
    passKey(scan, "resource");
    const head = readJsonHead(scan);
    this.#report.head = head;
    if (!scan.more(objectEnd)) return;
    passKey(scan, "scopeMetrics");
    for (let more = scan.open(array); more; more = scan.more(arrayEnd)) this.#scopeMetrics(head.service);
    if (scan.more(objectEnd)) throw declined;
  }

  #scopeMetrics(service: FleetService): void {
    const scan = this.#scan;
    let seen = 0;
    for (let more = scan.open(object); more; more = scan.more(objectEnd)) {
      const index = nextKey(scan);
      seen = once(seen, index);
      if (keyNames[index] === "scope") this.#scope();
      else if (keyNames[index] === "metrics") for (let next = scan.open(array); next; next = scan.more(arrayEnd)) this.#metric(service);
      else throw declined;
    }
  }

  #scope(): void {
    const scan = this.#scan;
    for (let more = scan.open(object); more; more = scan.more(objectEnd)) {
      const name = keyNames[nextKey(scan)];
      if (name !== "name" && name !== "version") throw declined;
      scan.string();
    }
  }

  #metric(service: FleetService): void {
    const scan = this.#scan;
    if (!scan.open(object)) throw declined;
    passKey(scan, "name");
    scan.string();
    const metric = this.#metrics.find(scan.bytes, scan);
    if (metric?.metric.service !== service || !scan.more(objectEnd)) throw declined;
    let name = keyNames[nextKey(scan)];
    if (name === "unit") {
      scan.literal(metric.unit);
      if (!scan.more(objectEnd)) throw declined;
      name = keyNames[nextKey(scan)];
    }
    if (name !== (metric.isHistogram ? "histogram" : "sum")) throw declined;
    this.#data(metric);
    if (scan.more(objectEnd)) throw declined;
  }

  #data(metric: PlainMetric): void {
    const scan = this.#scan;
    let seen = 0;
    let isCumulative = false;
    let isMonotonic = metric.isHistogram;
    for (let more = scan.open(object); more; more = scan.more(objectEnd)) {
      const index = nextKey(scan);
      seen = once(seen, index);
      const name = keyNames[index];
      if (name === "aggregationTemporality") isCumulative = scan.whole() === cumulative;
      else if (name === "isMonotonic" && !metric.isHistogram) isMonotonic = scan.boolean();
      else if (name === "dataPoints") for (let next = scan.open(array); next; next = scan.more(arrayEnd)) this.#point(metric);
      else throw declined;
    }
    if (!isCumulative || !isMonotonic) throw declined;
  }

  #point(metric: PlainMetric): void {
    const scan = this.#scan;
    const report = this.#report;
    const times = this.#times;
    if (report.isFull) throw declined;
    const from = report.next;
    const began = scan.at;
    times.begin();
    let place = metric.opened(scan);
    let seen = 0;
    if (place !== undefined) seen = times.same(scan) ? attributesField | timesFields : attributesField;
    for (let more = seen === 0 ? scan.open(object) : scan.more(objectEnd); more; more = scan.more(objectEnd)) {
      const key = scan.at;
      const index = nextKey(scan);
      seen = once(seen, index);
      if (index === attributesKey) {
        place = this.#place(metric);
        // only as the first member, where the attributes alone make the difference
        if (seen === attributesField) metric.learn(scan.bytes.subarray(began, scan.at), place);
      } else this.#field(metric, { name: keyNames[index] as KeyName, key, from });
    }
    // no attributes is how those of a metric that has none are told
    place ??= metric.placeOf(0, 0);
    if (place === undefined || !isComplete(seen, metric.isHistogram)) throw declined;
    if (metric.isHistogram && !isCounted(report.numbers, from, metric.metric.width)) throw declined;
    report.add(metric.metric, { place, fold: unfolded, startMs: times.startMs, timeMs: times.timeMs });
  }

  #field(metric: PlainMetric, { name, key, from }: { readonly name: KeyName; readonly key: number; readonly from: number }): void {
    if (name === "startTimeUnixNano") this.#times.start(this.#scan, key);
    else if (name === "timeUnixNano") this.#times.time(this.#scan, key);
    else if (name === "exemplars") this.#exemplars();
    else if (metric.isHistogram) this.#histogramField(name, metric, from);
    else this.#numberField(name, from);
  }

  #numberField(name: KeyName, from: number): void {
    const { numbers } = this.#report;
    if (name === "asDouble") numbers[from] = this.#scan.number();
    else if (name === "asInt") numbers[from] = this.#scan.whole();
    else throw declined;
  }

  #histogramField(name: KeyName, metric: PlainMetric, from: number): void {
    const scan = this.#scan;
    const { numbers } = this.#report;
    if (name === "count") numbers[from] = scan.whole();
    else if (name === "sum") numbers[from + 1] = scan.number();
    else if (name === "bucketCounts") scan.wholes(numbers, from + 2, from + metric.metric.width);
    else if (name === "explicitBounds") scan.literal(metric.boundsText);
    else throw declined;
  }

  /** The place of a point that has every attribute of its metric, each with a value of its set, and no other. */
  #place(metric: PlainMetric): Place {
    const scan = this.#scan;
    let seen = 0;
    let offset = 0;
    for (let more = scan.open(array); more; more = scan.more(arrayEnd)) {
      if (!scan.open(object)) throw declined;
      passKey(scan, "key");
      const index = scan.word(metric.keys);
      seen = once(seen, index);
      if (!scan.more(objectEnd)) throw declined;
      passKey(scan, "value");
      if (!scan.open(object)) throw declined;
      passKey(scan, "stringValue");
      offset += scan.word(metric.values(index)) * metric.stride(index);
      if (scan.more(objectEnd) || scan.more(objectEnd)) throw declined;
    }
    const place = metric.placeOf(seen, offset);
    if (place === undefined) throw declined;
    return place;
  }

  #exemplars(): void {
    const scan = this.#scan;
    const point = this.#report.count;
    for (let more = scan.open(array); more; more = scan.more(arrayEnd)) {
      const read = { value: Number.NaN, timeMs: 0, traceId: "", spanId: "" };
      let seen = 0;
      for (let next = scan.open(object); next; next = scan.more(objectEnd)) {
        const index = nextKey(scan);
        seen = once(seen, index);
        const name = keyNames[index];
        if (name === "asDouble") read.value = scan.number();
        else if (name === "timeUnixNano") read.timeMs = new NanosMemo().read(scan);
        else if (name === "traceId") read.traceId = this.#hex(32);
        else if (name === "spanId") read.spanId = this.#hex(16);
        else throw declined;
      }
      if (Number.isNaN(read.value) || read.traceId === "" || read.spanId === "") throw declined;
      this.#report.exemplars.push({ point, ...read });
    }
  }

  #hex(digits: number): string {
    this.#scan.string();
    const text = this.#scan.text();
    if (text.length !== digits || !/^[0-9a-f]+$/.test(text) || /^0+$/.test(text)) throw declined;
    return text;
  }
}

const attributesKey = keyNames.indexOf("attributes");
const attributesField = bitOf("attributes");
const timesFields = bitOf("startTimeUnixNano") | bitOf("timeUnixNano");
const histogramFields = bitOf("count") | bitOf("sum") | bitOf("bucketCounts") | bitOf("explicitBounds");
const doubleField = bitOf("asDouble");
const intField = bitOf("asInt");

/** Whether a point has all its numbers, and a counter one value. */
function isComplete(seen: number, isHistogram: boolean): boolean {
  if (isHistogram) return (seen & histogramFields) === histogramFields;
  const value = seen & (doubleField | intField);
  return value === doubleField || value === intField;
}

function isCounted(numbers: Float64Array, from: number, width: number): boolean {
  let counted = 0;
  for (let at = from + 2; at < from + width; at++) counted += numbers[at] as number;
  return counted === numbers[from] && counted <= Number.MAX_SAFE_INTEGER;
}
