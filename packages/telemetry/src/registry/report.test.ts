import { expect, test } from "vitest";
import { formatReportInterval, parseReportInterval } from "./report.ts";

test("an interval reads back what was written, and nothing that would stop or flood reports", () => {
  for (const ms of [100, 1_000, 30_000]) expect(parseReportInterval(formatReportInterval(ms))).toBe(ms);
  for (const text of [null, undefined, "", "1", "-5", "soon", "1e12", "Infinity"]) expect(parseReportInterval(text)).toBeUndefined();
});
