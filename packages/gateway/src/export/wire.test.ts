import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ExportMetricsServiceRequestSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import { attributes } from "../otlp/proto-values.ts";
import { metricsRequest } from "./metrics-request.ts";
import type { SeriesView } from "./series-view.ts";
import { encode, nanos, writeAttributes } from "./wire.ts";

const counter = { instrument: "counter", unit: "By", description: "ä", sender: "relay", stability: "development", attributes: {} } as const;

test.each([
  [1_800_000_000_000, 1_800_000_000_000_000_000n],
  [1_800_000_000_000.25, 1_800_000_000_000_250_000n],
  [0, 0n],
])("%d ms are that many nanoseconds", (ms, wanted) => {
  expect(nanos(ms)).toBe(wanted);
});

test("what is written the generated code reads, whatever numbers, texts and sizes there are", () => {
  const view = fc.record({
    labels: fc.dictionary(fc.string({ minLength: 1, maxLength: 200 }), fc.string({ maxLength: 300, unit: "grapheme" }), { maxKeys: 4 }),
    value: fc.double({ noNaN: true }),
    counts: fc.array(fc.maxSafeNat(), { minLength: 3, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(view, { minLength: 1, maxLength: 60 }), (views) => {
      const series = views.map(({ labels, value }, at): SeriesView => {
        const base = { key: `n${at}`, name: "n", record: counter, attributes: labels, startMs: 5 };
        return { ...base, bounds: undefined, row: [value], exemplars: [] };
      });
      const bytes = metricsRequest(
        [{ attributes: { "service.name": "s" }, points: series.map((each) => ({ series: each, standing: "value" })) }],
        { nowMs: 7, exemplars: () => {} },
      );
      const [resource] = fromBinary(ExportMetricsServiceRequestSchema, bytes).resourceMetrics;
      const [metric] = resource?.scopeMetrics[0]?.metrics ?? [];
      expect([metric?.name, metric?.unit, metric?.description]).toEqual(["n", "By", "ä"]);
      const points = metric?.data.case === "sum" ? metric.data.value.dataPoints : [];
      expect(points.map((point) => [Object.fromEntries(attributes(point.attributes)), point.value.value])).toEqual(
        views.map(({ labels, value }) => [labels, value]),
      );
    }),
    { numRuns: 100 },
  );
});

test("values of attributes keep their kind", () => {
  const bytes = encode((wire) => writeAttributes(wire, 1, { text: "x", yes: true, no: false, whole: 7, part: 0.5, below: -3 }));
  // a Resource has its attributes in field 1, as this has
  const request = encode((wire) => wire.message(1, () => wire.bytes(1, bytes)));
  const [resource] = fromBinary(ExportMetricsServiceRequestSchema, request).resourceMetrics;
  expect(Object.fromEntries(attributes(resource?.resource?.attributes ?? []))).toEqual({
    text: "x",
    yes: true,
    no: false,
    whole: 7,
    part: 0.5,
    below: -3,
  });
});
