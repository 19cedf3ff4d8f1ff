import { expect, it } from "vitest";
import { CatalogDocument, maxCatalogBytes } from "./document.ts";
import { mergePatch } from "./merge-patch.ts";

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

it("applies later frames of a group as RFC 7396 patches", () => {
  const document = new CatalogDocument();
  document.apply(bytes({ video: { renditions: { hd: { codec: "vp8", bitrate: 1 }, sd: { codec: "vp8" } } } }));
  const catalog = document.apply(bytes({ video: { renditions: { sd: null, hd: { bitrate: 2 } } } }));
  expect([...(catalog.video?.renditions ?? [])]).toEqual([["hd", { codec: "vp8", bitrate: 2, container: { kind: "legacy" } }]]);
});
it.each([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [["a"], { a: 1 }, { a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("merges %j with %j as RFC 7396 appendix A says", (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});
it("treats __proto__ as data", () => {
  const merged = mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}')) as { polluted?: boolean };
  expect(merged.polluted).toBeUndefined();
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
it("says what is wrong with text that is no JSON, no UTF-8, or too long", () => {
  expect(() => new CatalogDocument().apply(bytes("{"))).toThrow("catalog is no JSON");
  expect(() => new CatalogDocument().apply(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("catalog is no JSON");
  expect(() => new CatalogDocument().apply(new Uint8Array(maxCatalogBytes + 1))).toThrow("over the limit");
});
