import { describe, expect, test } from "vitest";
import { transportConformance } from "./conformance.ts";
import { failsHasHttp3, failsPair } from "./fixtures/fails-pair.ts";

/** What @fails-components/webtransport 1.6.8 does not do, by case; each is shown to fail, so that a release that heals it is seen. */
const defects: Readonly<Record<string, string>> = {
  "a code above 255 arrives as it was given": "codes of resets and stops are cut to 0-255",
};
const http3 = await failsHasHttp3();

describe.each([
  ["HTTP/2", false],
  ["HTTP/3", true],
] as const)("@fails-components/webtransport over %s", (_, overQuic) => {
  const cases = transportConformance(() => failsPair(overQuic)).filter(({ needs }) => overQuic || needs !== "datagrams");
  for (const one of cases) {
    const defect = defects[one.name];
    test(defect ? `known defect: ${defect}` : one.name, async ({ skip }) => {
      if (overQuic && !http3) skip("HTTP/3 of @fails-components/webtransport needs its native part, which does not load here");
      if (defect) await expect(one.run()).rejects.toThrow();
      else await one.run();
    });
  }
});
