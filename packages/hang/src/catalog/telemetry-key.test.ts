import { expect, test } from "vitest";
import { catalogJson } from "./document.ts";
import { parseCatalog } from "./parse.ts";
import { captureClockExtension, captureClockOf } from "./telemetry-key.ts";

test("a catalog tells when media time 0 was captured, in µs, and is read back", () => {
  const json = catalogJson({ extensions: captureClockExtension({ epochUs: 1_700_000_000_000_123.25, uncertaintyUs: 55_000.2 }) });
  expect(json).toEqual({ telemetry: { v: 1, clock: { epoch_us: 1_700_000_000_000_123, uncertainty_us: 55_001 } } });
  expect(captureClockOf(parseCatalog(json))).toEqual({ epochUs: 1_700_000_000_000_123, uncertaintyUs: 55_001 });
});
test.each([
  {},
  { telemetry: "v1" },
  { telemetry: { v: 2, clock: { epoch_us: 1, uncertainty_us: 1 } } },
  { telemetry: { v: 1 } },
  { telemetry: { v: 1, clock: { epoch_us: "1", uncertainty_us: 1 } } },
  { telemetry: { v: 1, clock: { epoch_us: 1.5, uncertainty_us: 1 } } },
  { telemetry: { v: 1, clock: { epoch_us: 1, uncertainty_us: -1 } } },
])("what says nothing that makes sense tells no clock, and is no fault of the catalog: %j", (json) => {
  expect(captureClockOf(parseCatalog(json))).toBeUndefined();
});
