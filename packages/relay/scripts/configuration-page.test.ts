import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sectionOf } from "@moqscope/telemetry/options";
import { expect, test } from "vitest";
import { relaySections as sections, relayOptionTable as table } from "../src/main-options.ts";
import { configurationPage, configurationPagePath } from "./configuration-page.ts";

test("docs/relay-configuration.md is what the table of options says: run pnpm generate", () => {
  expect(readFileSync(join(import.meta.dirname, "../../..", configurationPagePath), "utf8")).toBe(configurationPage());
});

test("every option stands in a section that exists, has a variable unless it is for one start, and a key of its own", () => {
  const keys = Object.values(table).map((option) => [sectionOf(option, sections) ?? "", option.flag].join(" "));
  expect(new Set(keys).size).toBe(keys.length);
  for (const option of Object.values(table)) {
    const section = sectionOf(option, sections);
    if (section !== undefined) expect(Object.keys(sections)).toContain(section);
    expect("commandLineOnly" in option || "env" in option, option.flag).toBe(true);
    if ("env" in option) expect(option.env).toMatch(/^MOQSCOPE_/);
  }
});
