import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecording } from "../../../../bench/src/gateway/recording.ts";
import { GatewayError } from "../error.ts";
import { metricsFromJson } from "../otlp/json.ts";
import { histogram, playerResource, request, sum } from "../testing/otlp-json.ts";
import { JsonReports } from "./read-json.ts";
import { readModel } from "./read-model.ts";
import { Report } from "./report.ts";
import { Vocabulary } from "./vocabulary.ts";

const vocabulary = new Vocabulary();
const recorded = (await readRecording()).map(({ body }) => body);
const report = new Report(256);
const reports = new JsonReports(vocabulary, report);

/** All that a report holds, as data. */
function told(read: Report): unknown {
  return {
    head: read.head,
    startMs: read.startMs,
    timeMs: read.timeMs,
    exemplars: [...read.exemplars],
    refused: [...read.refused],
    points: Array.from({ length: read.count }, (_, at) => {
      const width = vocabulary.places[read.places[at] ?? 0]?.metric.width ?? 0;
      const from = read.offsets[at] ?? 0;
      return [read.places[at], read.foldHigh[at], read.foldLow[at], read.starts[at], ...read.numbers.slice(from, from + width)];
    }),
  };
}

/** What the reader of any OTLP makes of a body; `undefined` where it is malformed. */
function slowly(body: Uint8Array): unknown {
  const read = new Report(256);
  try {
    readModel(metricsFromJson(body), { report: read, vocabulary });
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
  return told(read);
}

/** What the fast reader makes of it; `undefined` where it declines. */
function quickly(body: Uint8Array): unknown {
  report.clear();
  return reports.read(body) ? told(report) : undefined;
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** The fast reader says the same as the other one, or nothing. Answers whether it said it. */
function agree(body: Uint8Array): boolean {
  const quick = quickly(body);
  if (quick !== undefined) expect(quick).toEqual(slowly(body));
  return quick !== undefined;
}

const transport = "websocket";
const times = { startMs: 1_800_000_000_000, timeMs: 1_800_000_010_000 };
const resource = playerResource({
  sessionId: "0123456789abcdef",
  sequence: 3,
  acked: 2,
  elapsedMs: 12_345,
  state: "paused",
  isFinal: true,
});
const one = (metric: object): string => JSON.stringify(request(resource, [metric as never]));
const plain = one(sum("moq.client.play_time", 12.75, { transport }, times));

describe("the fast reader of reports", () => {
  test("reads what players in Chromium sent as the reader of any OTLP does", () => {
    expect(recorded.length).toBeGreaterThan(30);
    for (const body of recorded) expect(agree(bytesOf(body))).toBe(true);
  });

  test("reads every metric that a player may send, in every label set", () => {
    for (const metric of vocabulary.metrics()) {
      const isPlayer = metric.service === "moq-player";
      for (let index = 0; index < metric.places; index++) {
        const labels = Object.fromEntries(
          metric.sent.map(({ name, values, placeStride }) => [name, values[Math.floor(index / placeStride) % values.length] ?? ""]),
        );
        const point =
          metric.bounds === undefined ? sum(metric.name, index + 0.5, labels, times) : histogram(metric.name, [0.3], labels, times);
        const service = { "service.name": metric.service };
        const body = JSON.stringify(request({ ...resource, ...service }, [point]));
        expect([metric.name, isPlayer || metric.service === "moq-publisher", agree(bytesOf(body))]).toEqual([metric.name, true, true]);
      }
    }
  });

  test.each([
    "0",
    "1",
    "7.5",
    "0.1",
    "123456789012345",
    "0.30000000000000004",
    "1e3",
    "1.5E-7",
    "9007199254740993",
    "4.9e-324",
    "1.7976931348623157e308",
  ])("reads the number %s as JSON does", (number) => {
    expect(agree(bytesOf(plain.replace("12.75", number)))).toBe(true);
  });

  test.each(["01", "1.", ".5", "-1", "+1", "1e", "0x1", "NaN", "1 2", "1e999", '"1"', "null", "true", ""])(
    "leaves the number %s to the other reader, or says the same",
    (number) => {
      agree(bytesOf(plain.replace("12.75", number)));
    },
  );

  test("reads exemplars, and leaves those without a trace to the other reader", () => {
    const exemplar = (traceId: string): string =>
      plain.replace(
        '"asDouble":12.75',
        `"asDouble":12.75,"exemplars":[{"timeUnixNano":"1800000009000000000","asDouble":0.5,"traceId":"${traceId}","spanId":"00f067aa0ba902b7"}]`,
      );
    expect(agree(bytesOf(exemplar("4bf92f3577b34da6a3ce929d0e0e4736")))).toBe(true);
    expect(report.exemplars).toHaveLength(1);
    expect(agree(bytesOf(exemplar("0".repeat(32))))).toBe(false);
    expect(agree(bytesOf(exemplar("xyz")))).toBe(false);
  });

  test("passes over times that stand as in the point before only where nothing stands between them", () => {
    const body = one({
      name: "moq.client.frames_received",
      unit: "{frame}",
      sum: {
        isMonotonic: true,
        aggregationTemporality: 2,
        dataPoints: ["audio", "video", "audio"].map((media) => ({
          attributes: [
            { key: "media", value: { stringValue: media } },
            { key: "transport", value: { stringValue: transport } },
          ],
          startTimeUnixNano: "1800000000000000000",
          asInt: "7",
          timeUnixNano: "1800000010000000000",
        })),
      },
    });
    agree(bytesOf(body));
    agree(bytesOf(body.replaceAll('"asInt":"7","timeUnixNano"', '"timeUnixNano"').replaceAll('0000"}', '0000","asDouble":7}')));
  });

  test("declines what is not plain", () => {
    for (const [what, body] of Object.entries({
      "a label outside its set": plain.replace("websocket", "carrier pigeon"),
      "a label too many": plain.replace('{"key":"transport"', '{"key":"user","value":{"stringValue":"alice"}},{"key":"transport"'),
      "a label missing": plain.replace(/\{"key":"transport".*?\}\}/, ""),
      "an escape": plain.replace("websocket", "web\\u0073ocket"),
      "a letter outside ASCII": plain.replace("websocket", "wébsocket"),
      "an unknown metric": plain.replace("play_time", "invented"),
      "another unit": plain.replace('"unit":"s"', '"unit":"ms"'),
      delta: plain.replace('"aggregationTemporality":2', '"aggregationTemporality":1'),
      "a sum that falls": plain.replace('"isMonotonic":true', '"isMonotonic":false'),
      "a value twice": plain.replace('"asDouble":12.75', '"asDouble":12.75,"asDouble":3'),
      "no value": plain.replace(',"asDouble":12.75', ""),
      "two resources": plain.replace('{"resourceMetrics":[', '{"resourceMetrics":[{},'),
      "something after the end": `${plain}x`,
      "no head": JSON.stringify(request({ "service.name": "moq-player", "session.id": "0123456789abcdef" }, [])),
    }))
      expect([what, agree(bytesOf(body))]).toEqual([what, false]);
  });

  test("says the same, or nothing, of a body that is cut, changed or padded anywhere", () => {
    const change = fc.record({
      body: fc.nat({ max: recorded.length }),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      way: fc.constantFrom("cut", "byte", "drop", "twice", "space"),
      byte: fc.constantFrom(...'"\\{}[]:,0123456789.-eE +tfn\u0000\u0080'.split("").map((letter) => letter.charCodeAt(0))),
    });
    let read = 0;
    fc.assert(
      fc.property(change, ({ body, at, way, byte }) => {
        const bytes = Buffer.from(recorded[body] ?? plain);
        const index = Math.floor(at * bytes.length);
        const rest = bytes.subarray(index + 1);
        const changed = {
          cut: () => bytes.subarray(0, index),
          byte: () => Buffer.concat([bytes.subarray(0, index), Buffer.of(byte), rest]),
          drop: () => Buffer.concat([bytes.subarray(0, index), rest]),
          twice: () => Buffer.concat([bytes.subarray(0, index + 1), bytes.subarray(index)]),
          space: () => Buffer.concat([bytes.subarray(0, index), Buffer.of(0x20), bytes.subarray(index)]),
        }[way]();
        if (agree(changed)) read++;
      }),
      { numRuns: 1500 },
    );
    expect(read).toBeGreaterThan(50);
  });

  test("says the same whatever the order and the spacing of members", () => {
    const shuffled = (value: unknown, seed: number): unknown => {
      if (Array.isArray(value)) return value.map((each) => shuffled(each, seed));
      if (typeof value !== "object" || value === null) return value;
      const entries = Object.entries(value).map(([key, each]): [string, unknown] => [key, shuffled(each, seed)]);
      return Object.fromEntries(entries.toSorted(([a], [b]) => ((a.length * seed) % 7) - ((b.length * seed) % 7)));
    };
    for (const body of recorded.slice(0, 6))
      for (let seed = 1; seed < 7; seed++) agree(bytesOf(JSON.stringify(shuffled(JSON.parse(body), seed), undefined, seed % 3)));
    expect(agree(bytesOf(JSON.stringify(JSON.parse(plain), undefined, 2)))).toBe(true);
  });
});
