import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AlertsAnswer } from "@moqscope/telemetry/query";
import { alertRules } from "@moqscope/telemetry/rules";
import { expect, test } from "vitest";
import { TestGateway } from "../testing/gateway.ts";
import { request, upDown } from "../testing/otlp-json.ts";

const relay = { "service.name": "moq-relay", "service.instance.id": "ams-1", "cloud.region": "eu" };
const ruleOf = ({ rules }: AlertsAnswer, alert: string): AlertsAnswer["rules"][number] | undefined =>
  rules.find((rule) => rule.alert === alert);

/** Lets the rules run at each second that passes. */
async function pass(at: TestGateway, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    at.clock.advance(1000);
    // rules are evaluated beside the ticks
    await new Promise(setImmediate);
  }
}

test("a gateway judges every alert of ours by itself: who is silent has no data, what looks back too far says so, nothing fires", async () => {
  await using at = await TestGateway.start({}, {});
  let answer = await at.ask<AlertsAnswer>("api/alerts");
  while (answer.rules.some(({ evaluatedMs }) => evaluatedMs === null)) {
    await pass(at, 1);
    answer = await at.ask<AlertsAnswer>("api/alerts");
  }
  expect(answer.rules.map(({ alert }) => alert)).toEqual(alertRules().flatMap(({ rules }) => rules.map(({ alert }) => alert)));
  expect(ruleOf(answer, "MoqJoinBudgetBurn3d")).toMatchObject({ state: "needs_history", problem: "needs 3 days of history" });
  expect(ruleOf(answer, "MoqWebSocketFallback")).toMatchObject({ state: "needs_history", problem: "needs 2 days of history" });
  expect(ruleOf(answer, "MoqSendBufferHigh")).toMatchObject({
    state: "no_data",
    problem: "no data: nobody has sent moq_relay_send_buffer_bytes",
    severity: "ticket",
    runbookUrl: "https://github.com/moqscope/moqscope/blob/main/docs/runbooks/moq-send-buffer-high.md",
  });
  expect(answer.alerts.filter(({ state }) => state === "firing")).toEqual([]);
});

test("what fires is told with its text and its runbook, goes on after a restart, and is over when it is over", async () => {
  const folder = await mkdtemp(join(tmpdir(), "moqscope-alerts-"));
  try {
    const [rule] = alertRules({ runbooks: "https://wiki.example/runbooks" })
      .flatMap(({ rules }) => rules)
      .filter(({ alert }) => alert === "MoqSendBufferHigh");
    if (rule === undefined) throw new Error("there is no such alert");
    const options = { storeDir: folder, rules: [], alerts: [{ name: "g", intervalSeconds: 1, rules: [{ ...rule, forSeconds: 8 }] }] };
    const after = async (at: TestGateway, seconds: number, bytes: number): Promise<AlertsAnswer> => {
      for (let second = 0; second < seconds; second++) {
        const times = { startMs: at.bornMs, timeMs: at.clock.now() };
        await at.export(request(relay, [upDown("moq.relay.send_buffer", bytes, { transport: "websocket" }, times)]));
        await pass(at, 1);
      }
      return at.ask<AlertsAnswer>("api/alerts");
    };
    const before = await TestGateway.start(options);
    expect(ruleOf(await after(before, 6, 3e8), "MoqSendBufferHigh")).toMatchObject({ state: "pending" });
    await before.close();
    await using restarted = await TestGateway.start({ ...options, clock: before.clock });
    const { alerts } = await after(restarted, 6, 3e8);
    expect(alerts).toMatchObject([
      {
        state: "firing",
        labels: { instance: "ams-1" },
        summary: "Relay ams-1 has 300MB that nobody takes",
        runbookUrl: "https://wiki.example/runbooks/moq-send-buffer-high.md",
        value: 3e8,
      },
    ]);
    const rested = await after(restarted, 3, 0);
    expect(rested.alerts).toMatchObject([{ state: "resolved" }]);
    expect(ruleOf(rested, "MoqSendBufferHigh")).toMatchObject({ state: "ok", problem: null });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
