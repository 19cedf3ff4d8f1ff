import { alertRules, recordingRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boardQueries, boardVariables, concrete } from "../../../../infra/src/queries/board-queries.ts";
import { findChromium } from "../../../../scripts/support/chromium.ts";
import { differsBecause, drawn } from "./alike.ts";
import { busiest, busyExplains } from "./busy.ts";
import { emptyBecause } from "./empty.ts";
import { FedStack, stackPrograms } from "./fed-stack.ts";
import { linesOf, logsOfTrace } from "./logs.ts";
import { missing } from "./programs.ts";
import type { Sample } from "./stores.ts";

const chromium = findChromium();
const lacking = [...missing(stackPrograms), ...(chromium === undefined ? ["Chromium"] : [])];
const asked = (of: "prometheus" | "loki" | "tempo"): (readonly [string, string])[] =>
  boardQueries()
    .filter(({ asks }) => asks === of)
    .map(({ name, expr }) => [name, expr]);
const records = recordingRules.flatMap(({ rules }) => rules.map(({ record }) => record));
const alerts = [...alertRules(), ...stackAlertRules()].flatMap(({ rules }) => rules);

describe.skipIf(lacking.length > 0)("the stack, fed by two relays, a gateway, publishers and viewers", () => {
  let fed: FedStack;
  /** Of the viewer's start, found from a dot in a graph. */
  let traceId = "";
  beforeAll(async () => {
    fed = await FedStack.start(chromium ?? "");
    traceId = (await exemplarIds())[0] ?? "";
  }, 300_000);
  /** What found nothing, and why that may be. */
  const empty = new Map<string, string>();
  const mayBeEmpty = (name: string, expr: string): void => {
    const why = emptyBecause(expr);
    expect(why, `${name}: ${expr}`).toBeDefined();
    empty.set(name, why ?? "");
  };
  afterAll(async () => {
    const lines = [...empty].map(([name, why]) => `  ${name}: ${why}\n`);
    process.stderr.write(`${lines.length} queries found nothing:\n${lines.join("")}`);
    await fed?.[Symbol.asyncDispose]();
  }, 60_000);

  const query = (expr: string): Promise<readonly Sample[]> => fed.stores.query(expr);
  const exemplarIds = async (): Promise<readonly string[]> => {
    const found = await fed.stores.ask<readonly { readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[] }[]>(
      "query_exemplars",
      { query: "moq_client_startup_time_seconds_bucket", start: String(Date.now() / 1000 - 600), end: String(Date.now() / 1000) },
    );
    return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels["trace_id"] ?? ""));
  };

  describe("every query", () => {
    it.each(asked("prometheus"))("%s has data, or a reason to have none", async (name, expr) => {
      const found = await query(concrete(expr));
      if (found.length === 0) mayBeEmpty(name, concrete(expr));
    });
    it.each(records)("of a rule: %s is recorded, or has a reason not to be", async (record) => {
      if ((await query(record)).length === 0) mayBeEmpty(record, record);
    });
    it("of every rule and alert is evaluated without an error", async () => {
      interface Rule {
        readonly name: string;
        readonly health: string;
        readonly lastError?: string;
      }
      const { groups } = await fed.stores.ask<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>("rules", {});
      const rules = groups.flatMap((group) => group.rules);
      expect(rules.map(({ name }) => name).toSorted()).toEqual([...records, ...alerts.map(({ alert }) => alert)].toSorted());
      // Those that are due every five minutes may not have been.
      expect(rules.filter(({ health, lastError }) => health === "err" || (lastError ?? "") !== "")).toEqual([]);
      expect(rules.filter(({ health, name }) => health !== "ok" && emptyBecause(name) === undefined).map(({ name }) => name)).toEqual([]);
    });
    it.each(alerts.map(({ alert, expr }) => [alert, expr] as const))(
      "of an alert: %s finds nothing while all is well",
      async (alert, expr) => {
        const found = (await query(expr)).map(({ metric }) => metric);
        // Of the machine that runs this: that it is full or busy is true.
        const isOfMachine = expr.includes("node_") || busyExplains(alert, { share: await busiest(fed.stores, 60) });
        if (found.length > 0 && isOfMachine) process.stderr.write(`this machine: ${alert} ${JSON.stringify(found)}\n`);
        else expect(found).toHaveLength(alert === "MoqWatchdog" ? 1 : 0);
      },
    );
    it.each(boardVariables().map(({ name, expr, label }) => [name, expr, label] as const))("%s has values", async (name, expr, label) => {
      const values = await fed.stores.ask<readonly string[]>(`label/${label}/values`, { "match[]": expr });
      expect(values.length, `${name}: ${expr}`).toBeGreaterThan(0);
    });
    it.each(asked("loki"))("of logs: %s finds lines", async (name, expr) => {
      const lines = await linesOf(fed.stores, concrete(expr, { trace: traceId, session: fed.sessionId }));
      if (lines.length === 0) mayBeEmpty(name, expr);
    });
    it.each(asked("tempo"))("of traces: %s is answered", async (name, expr) => {
      const text = concrete(expr, { trace: traceId, session: fed.sessionId });
      const isId = /^[0-9a-f]{32}$/.test(text);
      const path = isId ? `/api/traces/${text}` : `/api/search?${new URLSearchParams({ q: text, limit: "20" }).toString()}`;
      const answer = await fetch(fed.stores.tempoUrl + path);
      const body = await answer.text();
      expect(answer.status, body).toBe(200);
      const found = isId || ((JSON.parse(body) as { readonly traces?: readonly object[] }).traces ?? []).length > 0;
      if (!found) mayBeEmpty(name, text);
    });
  });

  it("has every series once: relays and gateways by OTLP alone, and nothing of ours is scraped", async () => {
    const uptimes = await query("process_uptime_seconds");
    expect(uptimes.map(jobOf).toSorted()).toEqual(["moq-gateway", "moq-publisher", "moq-publisher", "moq-relay", "moq-relay", "moq-sub"]);
    expect((await query("count by (job) (up)")).map(jobOf).toSorted()).toEqual(["alertmanager", "node", "otelcol", "prometheus"]);
  });
  it("has every series once without a collector too, each page scraped by itself", async () => {
    const uptimes = await fed.scraping.query('process_uptime_seconds{job=~"moq-.+"}');
    expect(uptimes.map(jobOf).toSorted()).toEqual(["moq-gateway", "moq-relay", "moq-relay"]);
    const twice = await fed.scraping.query(
      'count by (__name__, job, instance) ({__name__=~"moq_gateway_reports_total|process_uptime_seconds"}) > 20',
    );
    expect(twice).toEqual([]);
  });
  it("shows the same on every board with either file of Prometheus, but for what only a collector tells", async () => {
    const tools = new Set(
      (await query('process_uptime_seconds{job=~"moq-(publisher|sub)"}')).map(({ metric }) => metric["instance"] ?? ""),
    );
    for (const [name, expr] of asked("prometheus")) {
      if (differsBecause(expr) !== undefined) continue;
      // Each has its own moments of taking samples: what came by one way a moment ago comes by the other within two intervals.
      await expect
        .poll(
          async () => {
            const [pushed, scraped] = await Promise.all([query(concrete(expr)), fed.scraping.query(concrete(expr))]);
            return {
              name,
              scraped: drawn(scraped, tools).join("\n") === drawn(pushed, tools).join("\n") ? "the same" : drawn(scraped, tools),
              pushed: drawn(pushed, tools),
            };
          },
          { timeout: 20_000, interval: 2000 },
        )
        .toMatchObject({ scraped: "the same" });
    }
  }, 110_000);

  it("has of each relay's bytes what the relay itself counted, no more and not twice, by either file", async () => {
    const counted = async (): Promise<number> => {
      const pages = await Promise.all(fed.relayPages.map(async (url) => (await fetch(url)).text()));
      const values = pages.flatMap((page) =>
        [...page.matchAll(/^moq_relay_bytes_received_total\{.*\} (\S+)/gm)].map(([, value]) => Number(value)),
      );
      return values.reduce((sum, value) => sum + value, 0);
    };
    const atLeast = await counted();
    // An export or a scrape, each every 10 s, and its way.
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    const sums = await Promise.all([fed.stores, fed.scraping].map((each) => each.query("sum(moq_relay_bytes_received_total)")));
    const atMost = await counted();
    for (const [sample] of sums) {
      expect(Number(sample?.value[1])).toBeGreaterThanOrEqual(atLeast);
      expect(Number(sample?.value[1])).toBeLessThanOrEqual(atMost);
    }
    expect(atLeast).toBeGreaterThan(100_000);
  }, 60_000);

  it("tells a webhook through Alertmanager what fires: the watchdog, with the page that says what to do", () => {
    const watchdog = fed.webhook.told.find(({ labels }) => labels["alertname"] === "MoqWatchdog");
    expect(watchdog?.status).toBe("firing");
    expect(watchdog?.annotations["runbook_url"]).toMatch(/\/docs\/runbooks\/moq-watchdog\.md$/);
  });
  it("fires no other alert while all is well", async () => {
    const firing = await query('ALERTS{alertstate="firing",alertname!="MoqWatchdog"}');
    expect(firing.map(({ metric }) => metric["alertname"])).toEqual([]);
  });

  it("leads from a dot in a graph to the trace of that session, and from the trace to its lines by the query that Grafana asks", async () => {
    expect(traceId).not.toBe("");
    const trace = await (await fetch(`${fed.stores.tempoUrl}/api/traces/${traceId}`)).text();
    expect(trace).toContain("moq.session.start");
    const lines = await linesOf(fed.stores, logsOfTrace(traceId));
    expect(lines.map(({ labels }) => labels["service_name"])).toContain("moq-player");
    for (const { labels } of lines) expect(labels["trace_id"]).toBe(traceId);
    const back = await fetch(`${fed.stores.tempoUrl}/api/traces/${lines[0]?.labels["trace_id"] ?? ""}`);
    expect(back.status, "from a line to its trace, as the data source of logs leads").toBe(200);
  });
  it("has every line of the relay's log about a session in Loki, each with the trace of its session", async () => {
    const said = fed.edge.said
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    const ofSessions = said.filter((line) => line["connection.id"] !== undefined);
    expect(ofSessions.length).toBeGreaterThan(1);
    expect(ofSessions.filter((line) => line["trace_id"] === undefined)).toEqual([]);
    for (const line of said.filter((each) => each["trace_id"] !== undefined)) {
      const found = await linesOf(fed.stores, `{service_name="moq-relay"} | trace_id = "${line["trace_id"] ?? ""}"`);
      const events = found.map(({ line: text, labels }) => `${labels["event_name"] ?? ""} ${text}`);
      expect(
        events.some((event) => event.includes(line["event"] ?? "?") || event.includes(line["message"] ?? "?")),
        `${JSON.stringify(line)}: ${events.join("; ")}`,
      ).toBe(true);
    }
  });
  it("gives Loki two labels at most: ids are structured metadata, no streams of their own", async () => {
    const answer = (await (await fetch(`${fed.stores.lokiUrl}/loki/api/v1/labels`)).json()) as { readonly data: readonly string[] };
    expect(answer.data.filter((label) => !["service_name", "deployment_environment_name"].includes(label))).toEqual([]);
  });
});

describe.runIf(lacking.length > 0)("the stack", () => {
  it("is shown with the real programs", (context) => {
    context.skip(`not here: ${lacking.join(", ")}`);
  });
});

function jobOf({ metric }: Sample): string {
  return metric["job"] ?? "";
}
