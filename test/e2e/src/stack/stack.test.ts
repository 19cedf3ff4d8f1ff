import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boardQueries, concrete } from "../../../../infra/src/queries/board-queries.ts";
import { launchBrowser } from "../support/browser.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { Watcher } from "../support/watcher.ts";
import { emptyBecause } from "./empty.ts";
import { missingPrograms, Stores } from "./programs.ts";

const chromium = process.env["CHROMIUM_PATH"];
const missing = [...missingPrograms(), ...(chromium === undefined ? ["Chromium"] : [])];
/** Long enough for rates over a minute and for rules of 30 s over them. */
const watchedSeconds = 75;

const lateSeconds = 30;
const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

/** As Alertmanager tells a webhook. */
interface Notification {
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}
interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const queries = boardQueries()
  .filter(({ asks }) => asks === "prometheus")
  .map(({ name, expr }): [string, string] => [name, expr]);

describe.skipIf(missing.length > 0)("the stack, fed by relay, gateway, publisher and two viewers in Chromium", () => {
  let stores: Stores;
  let stack: Stack;
  let browser: Browser;
  const told: Notification[] = [];
  const sink = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      told.push(JSON.parse(body) as Notification);
      response.end();
    });
  });

  beforeAll(async () => {
    sink.listen(0, "127.0.0.1");
    await once(sink, "listening");
    stores = await Stores.start(`http://127.0.0.1:${(sink.address() as AddressInfo).port}/`);
    process.env["MOQSCOPE_GATEWAY_EXPORT_ENDPOINT"] = stores.collectorUrl;
    stack = await startStack();
    browser = await launchBrowser(chromium ?? "");
    const open = async (): Promise<Watcher> => Watcher.open(await browser.newPage(), `http://127.0.0.1:${stack.ports.demo}/`);
    await open();
    await seconds(watchedSeconds - lateSeconds);
    // One who comes late, so that something begins within the last minute and is served from the cache.
    await open();
    await seconds(lateSeconds);
  }, 240_000);
  afterAll(async () => {
    delete process.env["MOQSCOPE_GATEWAY_EXPORT_ENDPOINT"];
    await browser?.close();
    await stack?.stop();
    await stores?.[Symbol.asyncDispose]();
    sink.close();
  });

  const query = async (expr: string): Promise<readonly Sample[]> => {
    const url = `${stores.prometheusUrl}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`;
    const answer = (await (await fetch(url)).json()) as { readonly data?: { readonly result: readonly Sample[] }; readonly error?: string };
    if (answer.data === undefined) throw new Error(`${expr}: ${answer.error ?? "no answer"}`);
    return answer.data.result;
  };

  it.each(queries)("%s has data, or a reason to have none", async (name, expr) => {
    const found = await query(concrete(expr));
    const reason = emptyBecause(expr);
    if (found.length === 0) expect(reason, `${name}: ${concrete(expr)}`).toBeDefined();
  });
  it("has every series once: relays and gateways by OTLP alone, and nothing of ours is scraped", async () => {
    const relays = await query("process_uptime_seconds");
    expect(relays.map(jobOf).toSorted()).toEqual(["moq-gateway", "moq-publisher", "moq-relay"]);
    const scraped = await query("count by (job) (up)");
    expect(scraped.map(jobOf).toSorted()).toEqual(["alertmanager", "otelcol", "prometheus"]);
  });
  it("tells a webhook through Alertmanager what fires: the watchdog, with the page that says what to do", () => {
    const watchdog = told.flatMap(({ alerts }) => alerts).find(({ labels }) => labels["alertname"] === "MoqWatchdog");
    expect(watchdog?.status).toBe("firing");
    expect(watchdog?.annotations["runbook_url"]).toMatch(/\/docs\/runbooks\/moq-watchdog\.md$/);
  });
  it("fires no other alert while all is well", async () => {
    const firing = await query('ALERTS{alertstate="firing",alertname!="MoqWatchdog"}');
    expect(firing.map(({ metric }) => metric["alertname"])).toEqual([]);
  });
  it("leads from a dot in a graph to the trace of that session", async () => {
    const url = `${stores.prometheusUrl}/api/v1/query_exemplars?${new URLSearchParams({
      query: "moq_client_startup_time_seconds_bucket",
      start: String(Date.now() / 1000 - 600),
      end: String(Date.now() / 1000),
    }).toString()}`;
    const { data } = (await (await fetch(url)).json()) as {
      readonly data: readonly { readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[] }[];
    };
    const ids = data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels["trace_id"]));
    expect(ids.length).toBeGreaterThan(0);
    const traces = await Promise.all(ids.map(async (id) => (await fetch(`${stores.tempoUrl}/api/traces/${id ?? ""}`)).text()));
    expect(traces.some((trace) => trace.includes("moq.session.start"))).toBe(true);
  });
});

describe.runIf(missing.length > 0)("the stack", () => {
  it("is shown with the real programs", (context) => {
    context.skip(`${missing.join(", ")} not here: pnpm foreign:build makes the programs`);
  });
});

function jobOf({ metric }: Sample): string {
  return metric["job"] ?? "";
}
