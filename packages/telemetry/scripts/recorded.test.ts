import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { events } from "../src/registry/events.ts";
import { metrics } from "../src/registry/metrics.ts";
import { notRecorded } from "../src/registry/not-recorded.ts";
import { spans } from "../src/registry/spans.ts";

const packages = new URL("../../", import.meta.url);
/** Everything of ours that runs, without the registry itself and what is only read in tests or made into rules. */
const sources = globSync("*/src/**/*.ts", { cwd: packages })
  .filter((path) => !/\.test(?:-d)?\.ts$|\/(?:fixtures|testing|gen|rules)\/|^telemetry\/src\/(?:registry|check)\//.test(path))
  .map((path) => readFileSync(new URL(path, packages), "utf8"))
  .join("\n");
const listed = new Set<string>(notRecorded.flatMap(({ names }) => names));

/** Names that are put together, as `moq.startup.${phase}`: each hole holds one word. */
const patterns = [...sources.matchAll(/`(moq\.(?:[\w.]|\$\{[^`{}]*\})*\$\{[^`{}]*\}[\w.]*)`/g)].map(
  ([, text = ""]) => new RegExp(`^${text.replaceAll(".", "\\.").replaceAll(/\$\{[^`{}]*\}/g, "[a-z0-9_]+")}$`),
);
const isRecorded = (name: string): boolean => sources.includes(`"${name}"`) || patterns.some((pattern) => pattern.test(name));

describe.each(Object.entries({ metrics, spans, events }))("%s of the registry", (_kind, table) => {
  test("are recorded somewhere, or listed in not-recorded.ts with the reason", () => {
    expect(Object.keys(table).filter((name) => !isRecorded(name) && !listed.has(name))).toEqual([]);
  });
  test("are not recorded where the list says so: take out what now is", () => {
    expect(Object.keys(table).filter((name) => isRecorded(name) && listed.has(name))).toEqual([]);
  });
});

test("the list holds names of the registry, each once", () => {
  const names = notRecorded.flatMap((entry) => [...entry.names]);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(names.filter((name) => !Object.hasOwn({ ...metrics, ...spans, ...events }, name))).toEqual([]);
});
