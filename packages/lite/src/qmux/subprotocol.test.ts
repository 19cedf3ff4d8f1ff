import { expect, test } from "vitest";
import { parseSubprotocol, selectSubprotocol, subprotocolOffers } from "./subprotocol.ts";

/** qmux-websocket §1.1: what @moq/net 0.3.4 offers, less the protocols that are not moq-lite. */
test("we offer the newest protocol first, in every framing, then bare framings", () => {
  expect(subprotocolOffers).toEqual([
    ...["moq-lite-05", "moq-lite-04", "moq-lite-03", "moql"].flatMap((a) => [`qmux-02.${a}`, `qmux-01.${a}`, `qmux-00.${a}`]),
    "qmux-02",
    "qmux-01",
    "qmux-00",
    "webtransport",
  ]);
});
test.each([
  [["qmux-01.moq-lite-05", "qmux-02.moq-lite-05"], "qmux-02.moq-lite-05"],
  [["qmux-02.moqt-17", "qmux-01.moq-lite-05", "qmux-01", "webtransport"], "qmux-01.moq-lite-05"],
  [["qmux-02.moq-lite-03", "qmux-00.moq-lite-04"], "qmux-00.moq-lite-04"],
  [["qmux-02", "qmux-00.moql"], "qmux-00.moql"],
  [["qmux-01", "qmux-00", "webtransport"], "qmux-01"],
  [["qmux-00", "webtransport"], "qmux-00"],
  [["webtransport"], "webtransport"],
  [["moqt-17", "qmux-03", "webtransport.moq-lite-05"], false],
  [[], undefined],
])("of %j the server takes %s", (offers, chosen) => {
  expect(selectSubprotocol(offers)).toBe(chosen);
});
test("a name stands for its framing and protocol; bare or empty, SETUP says the version", () => {
  expect(parseSubprotocol("qmux-01.moq-lite-05")).toMatchObject({ protocol: "moq-lite-05", framing: { name: "qmux-01" } });
  expect(parseSubprotocol("qmux-00.moql")).toMatchObject({ protocol: "moql", framing: { name: "qmux-00" } });
  expect(parseSubprotocol("qmux-02")).toMatchObject({ protocol: "moql", framing: { name: "qmux-02" } });
  expect(parseSubprotocol("")).toMatchObject({ protocol: "moql", framing: { name: "webtransport" } });
  expect(parseSubprotocol("moq-lite-05")).toBeUndefined();
});
