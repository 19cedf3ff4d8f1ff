import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withLanguage } from "./query-language.ts";

test("docs/gateway-query.md lists what is evaluated: pnpm generate changes nothing", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/gateway-query.md"), "utf8");
  expect(withLanguage(page)).toBe(page);
});

test("a page without marks is an error", () => {
  expect(() => withLanguage("# page")).toThrow("has no <!-- generated");
});
