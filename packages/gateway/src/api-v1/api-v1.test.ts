import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { recordingRules } from "@moqscope/telemetry/rules";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { TestGateway } from "../testing/gateway.ts";
import { request, sum, upDown } from "../testing/otlp-json.ts";

const relay = { "service.name": "moq-relay", "service.instance.id": "ams-1" };

async function filled(options: Parameters<typeof TestGateway.start>[0] = {}): Promise<TestGateway> {
  const at = await TestGateway.start(options);
  for (let second = 0; second < 60; second++) {
    at.clock.advance(1000);
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const metrics = ["client", "relay"].flatMap((peer, index) => [
      upDown("moq.relay.active_subscribers", index + 2, { peer }, times),
      sum("moq.relay.bytes_sent", second * 100, { peer }, times),
    ]);
    await at.export(request(relay, metrics));
  }
  at.clock.advance(1000);
  return at;
}

interface Answer {
  readonly code: number;
  readonly body: unknown;
}
async function get(at: TestGateway, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${at.gateway.consoleUrl}/api/v1/${path}`, init);
  expect(response.headers.get("content-type")).toContain("application/json");
  return { code: response.status, body: await response.json() };
}

let at: TestGateway;
let now = 0;
beforeAll(async () => {
  at = await filled();
  now = at.clock.now() / 1000;
});
afterAll(() => at.close());

describe("the query API of Prometheus", () => {
  const metric = { __name__: "moq_relay_active_subscribers", instance: "ams-1", job: "moq-relay", peer: "client" };

  test("answers an instant query, by default of the present", async () => {
    const query = encodeURIComponent('moq_relay_active_subscribers{peer="client"}');
    const wanted = { code: 200, body: { status: "success", data: { resultType: "vector", result: [{ metric, value: [now, "2"] }] } } };
    expect(await get(at, `query?query=${query}`)).toEqual(wanted);
    expect(await get(at, `query?query=${query}&time=${new Date(now * 1000).toISOString()}`)).toEqual(wanted);
  });

  test("knows the present to the millisecond", async () => {
    await using one = await TestGateway.start({ clock: new FakeClock(1_800_000_000_000.25) });
    expect((await get(one, "query?query=time()")).body).toMatchObject({ data: { result: [1_800_000_000, "1800000000"] } });
  });

  test("takes a form, also compressed, as Grafana sends it", async () => {
    const body = new URLSearchParams({ query: "1 + 1", time: String(now) });
    const wanted = { code: 200, body: { status: "success", data: { resultType: "scalar", result: [now, "2"] } } };
    expect(await get(at, "query", { method: "POST", body })).toEqual(wanted);
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" };
    expect(await get(at, "query", { method: "POST", headers, body: gzipSync(body.toString()) })).toEqual(wanted);
  });

  test("answers a range query with a point at each step that has one", async () => {
    const asked = new URLSearchParams({
      query: "sum(moq_relay_active_subscribers)",
      start: String(now - 120),
      end: String(now),
      step: "30s",
    });
    const { body } = await get(at, `query_range?${asked}`);
    const values = [now - 60, now - 30, now].map((second) => [second, "5"]);
    expect(body).toEqual({
      status: "success",
      data: { resultType: "matrix", result: [{ metric: {}, values: expect.arrayContaining(values.slice(1)) as unknown }] },
    });
  });

  test("spells numbers and strings as Prometheus does", async () => {
    const value = async (query: string): Promise<unknown> =>
      ((await get(at, `query?time=5.5&query=${encodeURIComponent(query)}`)).body as { data: { result: unknown } }).data.result;
    expect(await value("1/0")).toEqual([5.5, "+Inf"]);
    expect(await value("-1/0")).toEqual([5.5, "-Inf"]);
    expect(await value("0/0")).toEqual([5.5, "NaN"]);
    expect(await value("0.1 + 0.2")).toEqual([5.5, "0.30000000000000004"]);
    expect(await value("1e21")).toEqual([5.5, "1e+21"]);
    expect(await value('"text"')).toEqual([5.5, "text"]);
  });

  test("says what may be meant otherwise beside its result", async () => {
    const { body } = await get(at, `query?query=${encodeURIComponent("histogram_quantile(2, rate(moq_relay_active_subscribers[1m]))")}`);
    expect(body).toMatchObject({
      status: "success",
      warnings: expect.arrayContaining(["PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)"]) as unknown,
      infos: [
        expect.stringContaining(
          'metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "moq_relay_active_subscribers" (1:28)',
        ),
      ],
    });
  });

  test.each([
    ["query", 400, "bad_data", "no expression"],
    ["query?query=sum(", 400, "bad_data", "1:5: parse error"],
    ["query?query=holt_winters(x)", 400, "bad_data", "1:1: parse error: unknown function"],
    ["query?query=1&time=soon", 400, "bad_data", 'invalid parameter "time"'],
    ["query_range?query=1&start=1&step=1", 400, "bad_data", 'invalid parameter "end"'],
    ["query_range?query=1&start=2&end=1&step=1", 400, "bad_data", "end timestamp must not be before start"],
    ["query_range?query=1&start=1&end=2&step=0", 400, "bad_data", "zero or negative"],
    ["query_range?query=1&start=1&end=2", 400, "bad_data", 'invalid parameter "step"'],
    ["query_range?query=1&start=0&end=11000&step=1", 400, "bad_data", "exceeded maximum resolution"],
    ["query_range?query=x[5m]&start=1&end=2&step=1", 400, "bad_data", "must be Scalar or instant Vector"],
    ["query?query=moq_relay_active_subscribers%2Bon()moq_relay_active_subscribers", 422, "execution", "many-to-many"],
    ["series", 400, "bad_data", "no match[]"],
    ["series?match[]=sum(x)", 400, "bad_data", "is no series selector"],
    ["labels?limit=-1", 400, "bad_data", 'invalid parameter "limit"'],
    ["nothing", 404, "not_found", "/api/v1/nothing is not served here"],
  ])("%s is refused in Prometheus' shape", async (path, code, errorType, error) => {
    expect(await get(at, path)).toEqual({ code, body: { status: "error", errorType, error: expect.stringContaining(error) as string } });
  });

  test("refuses a form that is too large", async () => {
    const body = new URLSearchParams({ query: "x".repeat(300_000) });
    expect(await get(at, "query", { method: "POST", body })).toMatchObject({ code: 400, body: { errorType: "bad_data" } });
  });
});

describe("what there is to ask of", () => {
  test("series, of selectors and within a time", async () => {
    const match = encodeURIComponent('moq_relay_active_subscribers{peer!="relay"}');
    const wanted = [{ __name__: "moq_relay_active_subscribers", instance: "ams-1", job: "moq-relay", peer: "client" }];
    expect((await get(at, `series?match[]=${match}`)).body).toEqual({ status: "success", data: wanted });
    expect((await get(at, `series?match[]=${match}&end=${now - 9000}`)).body).toEqual({ status: "success", data: [] });
    const both = await get(at, "series?match[]=moq_relay_active_subscribers&limit=1");
    expect(both.body).toMatchObject({ data: [expect.anything()], warnings: ["results truncated due to limit"] });
  });

  test("labels and their values", async () => {
    const labels = (await get(at, "labels?match[]=moq_relay_active_subscribers")).body;
    expect(labels).toEqual({ status: "success", data: ["__name__", "instance", "job", "peer"] });
    expect((await get(at, "label/peer/values?match[]=moq_relay_bytes_sent_total")).body).toEqual({
      status: "success",
      data: ["client", "relay"],
    });
    const names = (await get(at, "label/__name__/values")).body as { data: string[] };
    expect(names.data).toEqual(expect.arrayContaining(["moq_relay_bytes_sent_total", "moq_gateway_reports_total"]));
    expect((await get(at, "label/nothing/values")).body).toEqual({ status: "success", data: [] });
  });

  test("metadata and the Prometheus whose language this is", async () => {
    expect((await get(at, "metadata?metric=moq_relay_bytes_sent_total")).body).toEqual({
      status: "success",
      data: { moq_relay_bytes_sent_total: [{ type: "counter", help: expect.any(String) as string, unit: "By" }] },
    });
    expect((await get(at, "status/buildinfo")).body).toMatchObject({
      data: { version: "3.15.0", revision: expect.stringContaining("moqscope-gateway") as string },
    });
  });
});

describe("rules", () => {
  test("are listed with what came of them, and alerts reach the webhook of a gateway", async () => {
    const received: unknown[] = [];
    const hook = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        received.push(JSON.parse(body));
        response.end();
      });
    });
    hook.listen(0, "127.0.0.1");
    await once(hook, "listening");
    const alerts = [
      {
        name: "viewers",
        intervalSeconds: 1,
        rules: [
          {
            alert: "Viewers",
            expr: "sum(moq_relay_active_subscribers) > 4",
            forSeconds: 0,
            labels: {},
            annotations: { summary: "{{ $value }}" },
          },
          { alert: "Long", expr: "rate(moq_relay_bytes_sent_total[3d]) > 1", forSeconds: 0, labels: {}, annotations: {} },
        ],
      },
    ];
    await using one = await filled({
      rules: recordingRules,
      alerts,
      alertWebhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
    });
    while (received.length === 0) {
      one.clock.advance(1000);
      // a turn of the event loop, in which the request is made
      await get(one, "status/buildinfo");
    }
    expect(received[0]).toMatchObject({
      alerts: [{ status: "firing", annotations: { summary: "5" } }],
      externalURL: one.gateway.consoleUrl,
    });
    expect((await get(one, "alerts")).body).toMatchObject({
      data: { alerts: [{ labels: { alertname: "Viewers" }, state: "firing", value: "5" }] },
    });
    expect((await get(one, "rules?type=alert")).body).toMatchObject({
      data: {
        groups: [
          {
            name: "viewers",
            rules: [
              { name: "Viewers", type: "alerting", state: "firing", health: "ok" },
              { name: "Long", state: "unknown", health: "unknown", lastError: "needs 3 days of history" },
            ],
          },
        ],
      },
    });
    const recorded = (await get(one, "rules?type=record")).body as { data: { groups: { rules: { health: string }[] }[] } };
    const healths = recorded.data.groups.flatMap(({ rules }) => rules.map(({ health }) => health));
    expect(healths).toHaveLength(recordingRules.flatMap(({ rules }) => rules).length);
    expect(healths).not.toContain("err");
    hook.close();
    hook.closeAllConnections();
  });
});

describe("across restarts", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "moqscope-store-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("a gateway with a folder answers of what was before it; a broken file is set aside and told", async () => {
    const storeDir = join(folder, "kept");
    const count = async (gateway: TestGateway): Promise<unknown> => {
      const query = encodeURIComponent("sum(last_over_time(moq_relay_active_subscribers[1h]))");
      return (await get(gateway, `query?query=${query}`)).body;
    };
    const before = await filled({ storeDir });
    const first = await count(before);
    expect(first).toMatchObject({ data: { result: [{ value: [expect.anything(), "5"] }] } });
    await before.close();
    const after = await TestGateway.start({ storeDir, clock: before.clock });
    after.clock.advance(70_000);
    expect(await count(after)).toMatchObject({ data: { result: [{ value: [expect.anything(), "5"] }] } });
    await after.close();

    const file = join(storeDir, "history.bin");
    await writeFile(file, (await readFile(file)).subarray(0, 5000));
    const told: [string, string, Readonly<Record<string, unknown>>][] = [];
    const recorder = { event: (...what: [string, string, Readonly<Record<string, unknown>>]) => void told.push(what) };
    const broken = await TestGateway.start({ storeDir, clock: before.clock, recorder });
    expect(told.find(([, , { state }]) => state === "set_aside")).toMatchObject([
      "warn",
      "moq.gateway.store",
      { state: "set_aside", path: expect.stringContaining(".broken-") as string },
    ]);
    expect(await count(broken)).toMatchObject({ data: { result: [] } });
    await broken.close();
  });

  test("a folder that cannot be one is refused at the start", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(TestGateway.start({ storeDir: join(folder, "file") })).rejects.toMatchObject({ code: "store_unusable" });
  });
});

test("a query that costs too much is refused, and one that waits behind too many", async () => {
  await using small = await filled({ queryLimits: { samples: 10 } });
  expect(await get(small, "query?query=count_over_time(moq_relay_bytes_sent_total[1m])")).toMatchObject({
    code: 422,
    body: { errorType: "execution", error: expect.stringContaining("too many samples") as string },
  });
});
