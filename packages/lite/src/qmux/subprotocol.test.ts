import { expect, test } from "vitest";
import { parseSubprotocol, selectSubprotocol, subprotocolOffers } from "./subprotocol.ts";

test("we offer the newest framing first, always with the protocol", () => {
  expect(subprotocolOffers).toEqual(["qmux-02.moq-lite-05", "qmux-01.moq-lite-05"]);
});
test.each([
  [["qmux-01.moq-lite-05", "qmux-02.moq-lite-05"], "qmux-02.moq-lite-05"],
  [["qmux-02.moqt-17", "qmux-01.moq-lite-05", "qmux-01", "webtransport"], "qmux-01.moq-lite-05"],
  [["qmux-02", "qmux-01", "webtransport"], false],
  [[], undefined],
])("of %j the server takes %s", (offers, chosen) => {
  expect(selectSubprotocol(offers)).toBe(chosen);
});
test("an unknown answer is none of ours", () => {
  expect(parseSubprotocol("")).toBeUndefined();
  expect(parseSubprotocol("qmux-02")).toBeUndefined();
  expect(parseSubprotocol("qmux-01.moq-lite-05")).toMatchObject({ protocol: "moq-lite-05", framing: { name: "qmux-01" } });
});
