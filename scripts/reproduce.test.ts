import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pubOptions, subOptions } from "../packages/cli/src/command/options.ts";
import { gatewayOptionTable } from "../packages/gateway/src/main-options.ts";
import { relayOptionTable } from "../packages/relay/src/main-options.ts";
import { parseOptions } from "../packages/telemetry/src/options/index.ts";
import { alertRules, stackAlertRules } from "../packages/telemetry/src/rules/index.ts";
import { type Expected, expected } from "../test/e2e/src/stack/faults/expected.ts";
import { readCliOptions } from "../test/impairment/src/cli-options.ts";
import { root } from "./support/root.ts";

const pages = globSync("docs/runbooks/moq-*.md", { cwd: root }).sort();
const reproduce = (page: string): string => readFileSync(join(root, page), "utf8").split("## Reproduce\n")[1]?.split("\n## ")[0] ?? "";
const faults: readonly Expected[] = Object.values(expected);
const runbooks = new Map(
  [...alertRules(), ...stackAlertRules()].flatMap(({ rules }) =>
    rules.map(({ alert, annotations }) => [alert, basename(annotations["runbook_url"] ?? "", ".md")] as const),
  ),
);

/** Reads a command as the program itself would. Throws what the program would say. */
const programs: Readonly<Record<string, (argv: readonly string[]) => unknown>> = {
  "moqscope-relay": (argv) => parseOptions({ name: "relay", summary: "", table: relayOptionTable, argv, env: {} }),
  "moqscope-gateway": (argv) => parseOptions({ name: "gateway", summary: "", table: gatewayOptionTable, argv, env: {} }),
  "moqscope sub": (argv) => parseOptions({ name: "sub", summary: "", table: subOptions, argv, env: {} }),
  "moqscope pub": (argv) => parseOptions({ name: "pub", summary: "", table: pubOptions, argv, env: {}, positionals: { min: 0, max: 1 } }),
  "pnpm impair": (argv) => readCliOptions(argv, {}),
};

describe.each(pages)("%s", (page) => {
  it("gives commands that their programs take", () => {
    for (const [, code = ""] of reproduce(page).matchAll(/`([^`\n]+)`/g)) {
      const program = Object.keys(programs).find((name) => code === name || code.startsWith(`${name} `));
      if (program === undefined) continue;
      const argv = code
        .slice(program.length)
        .split(/\s+/)
        .filter((part) => part !== "");
      expect(() => programs[program]?.(argv), code).not.toThrow();
    }
  });
  it("names the fault that is made end to end, where one is, and no other", () => {
    const named = [...(/^End to end: (.*?) in `/m.exec(reproduce(page))?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
    const made = faults.filter(({ expects }) => expects.some(({ alert }) => runbooks.get(alert) === basename(page, ".md")));
    expect(named.toSorted()).toEqual(made.map(({ name }) => name).toSorted());
  });
});

it("every fault is one of an alert that there is", () => {
  const alerts = faults.flatMap(({ expects, mayPage = [] }) => [...expects.map(({ alert }) => alert), ...mayPage]);
  expect(alerts.filter((alert) => !runbooks.has(alert))).toEqual([]);
});
