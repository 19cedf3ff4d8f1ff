import { expect, test } from "vitest";
import { subscribeSpanId } from "./subscribe-span-id.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

test("is that of the reference, for either end", () => {
  expect(subscribeSpanId(traceId, "client", 3n)).toBe("086a3fb97ecd01a7");
  expect(subscribeSpanId(traceId, "server", 3n)).toBe("59190d434e4ef80f");
});
test("is another one for each subscription of a session, however large its number", () => {
  const ids = [0n, 1n, 255n, 256n, 2n ** 62n - 1n].map((id) => subscribeSpanId(traceId, "client", id));
  expect(new Set(ids).size).toBe(ids.length);
});
