import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { QueryChecker } from "../packages/telemetry/src/check/index.ts";
import { events, spans } from "../packages/telemetry/src/registry/index.ts";
import { foreignSeries } from "../packages/telemetry/src/rules/foreign.ts";
import { alertRules, recordingRules, stackAlertRules } from "../packages/telemetry/src/rules/index.ts";
import { root } from "./support/root.ts";

const folder = "docs/runbooks";
const pages = globSync(`${folder}/moq-*.md`, { cwd: root })
  .map((path) => basename(path, ".md"))
  .sort();
const read = (page: string): string => readFileSync(join(root, folder, `${page}.md`), "utf8");
const alerts = [...alertRules({ runbooks: "" }), ...stackAlertRules({ runbooks: "" })].flatMap(({ rules }) => rules);
const pageOf = (url = ""): string => basename(url, ".md");

const sections = ["Meaning", "Impact", "First look", "Decide", "Mitigate", "Verify", "Reproduce", "History"];
function section(page: string, title: string): string {
  return read(page).split(`## ${title}\n`)[1]?.split("\n## ")[0]?.trim() ?? "";
}

/** Flags of our programs, as their tables spell them. */
const flags = new Set(
  globSync(["packages/{relay,gateway,cli}/src/**/*.ts", "test/impairment/src/**/*.ts", "scripts/dev/*.ts"], { cwd: root }).flatMap(
    (path) => {
      const text = readFileSync(join(root, path), "utf8");
      return [...text.matchAll(/"(--[a-z][a-z-]*)"/g)].map(([, flag = ""]) => flag);
    },
  ),
);
/** Programs of others that pages use, each with the flags in use. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  amtool: ["--duration", "--comment"],
  curl: [],
  df: [],
  dmesg: [],
  du: ["--max-depth"],
  fallocate: [],
  journalctl: ["--since"],
  kill: [],
  mount: [],
  nice: [],
  openssl: [],
  prometheus: ["--query.timeout", "--storage.tsdb.retention.time"],
  promtool: [],
  systemctl: [],
  top: [],
};
const ours = ["moqscope", "moqscope-relay", "moqscope-gateway", "pnpm"];
const others: Readonly<Record<string, { readonly type: "counter" | "gauge" }>> = {
  scrape_duration_seconds: { type: "gauge" },
  node_network_transmit_drop_total: { type: "counter" },
};
const checker = new QueryChecker({ recorded: recordingRules.flatMap(({ rules }) => rules), thirdParty: { ...others, ...foreignSeries } });

/** What stands between backticks outside of the generated head. */
function spansIn(page: string): string[] {
  const text = read(page).split("<!-- end of generated -->")[1] ?? "";
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

it("every alert has its page, every page an alert, and the index names each", () => {
  expect(pages).toEqual([...new Set(alerts.map(({ annotations }) => pageOf(annotations["runbook_url"])))].sort());
  const index = readFileSync(join(root, folder, "README.md"), "utf8");
  expect(pages.filter((page) => !index.includes(`](${page}.md)`))).toEqual([]);
  expect(alerts.filter(({ alert }) => !index.includes(alert))).toEqual([]);
});

describe.each(pages)("%s", (page) => {
  it("has every section, in order, with something in it", () => {
    const titles = [...read(page).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(sections);
    for (const title of sections) expect(section(page, title).length, title).toBeGreaterThan(4);
  });

  it("begins with board, traces and logs, tells causes apart and says who may do what", () => {
    const first = section(page, "First look");
    expect(first.match(/^\d\. /gm)).toHaveLength(3);
    expect(first).toMatch(/^2\. Traces \(Tempo\): `\{.*\}`$/m);
    expect(first).toMatch(/^3\. Logs \(Loki\): `\{.*`$/m);
    expect(section(page, "Decide").split("\n").length - 2).toBeGreaterThanOrEqual(2);
    for (const line of section(page, "Mitigate").split("\n")) expect(line).toMatch(/^- /);
    for (const { alert, annotations } of alerts) {
      if (pageOf(annotations["runbook_url"]) !== page) continue;
      expect(read(page)).toContain(`| ${alert} |`);
      expect(section(page, "Reproduce")).toContain("alerts.long.test.ts");
    }
  });

  it("asks only for series, labels and values that there are", () => {
    const asked = spansIn(page).filter((code) => /^(?:[\w:]+[({]|(?:sum|min|max|count|topk)\b.*\(|[a-z_]+:\w+:\w+)/.test(code));
    for (const query of asked) {
      const problems = checker.check(query).filter(({ rule }) => rule !== "unnamed");
      expect(problems, query).toEqual([]);
    }
  });

  it("names only spans and events that there are", () => {
    const named = [...read(page).matchAll(/name = "([\w.]+)"/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !Object.hasOwn(spans, name))).toEqual([]);
    const logged = [...read(page).matchAll(/\|= "(moq[\w.]+)"/g)].map(([, name = ""]) => name);
    expect(logged.filter((name) => !Object.keys(events).some((event) => event.startsWith(name)))).toEqual([]);
  });

  it("uses only commands and flags that there are", () => {
    for (const code of spansIn(page)) {
      const [program = ""] = code.split(/\s/, 1);
      const known =
        ours.includes(program) || code.startsWith("--") ? flags : Object.hasOwn(foreign, program) ? new Set(foreign[program]) : undefined;
      const used = [...code.matchAll(/(?<![\w-])(--[a-z][a-z.-]*)/g)].map(([, flag = ""]) => flag);
      const all = known === flags ? new Set([...flags, ...(foreign["prometheus"] ?? [])]) : (known ?? new Set<string>());
      expect(
        used.filter((flag) => !all.has(flag)),
        code,
      ).toEqual([]);
      if (/^[a-z]+(?:-[a-z]+)? -/.test(code)) expect([...ours, ...Object.keys(foreign)], code).toContain(program);
    }
  });
});
