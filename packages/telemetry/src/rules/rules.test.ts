import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { QueryChecker } from "../check/index.ts";
import { recordingRules } from "./index.ts";

const rules = recordingRules.flatMap((group) => group.rules);
const recorded = new Set(rules.map(({ record }) => record));
const checker = new QueryChecker({ recorded: rules });

describe("recording rules", () => {
  test.each(rules.map((rule) => [rule.record, rule.expr]))(
    "%s asks for what the registry holds, and in a way that does not lie",
    (_record, expr) => {
      expect(checker.check(expr)).toEqual([]);
      expect(checker.seriesIn(expr)).not.toEqual([]);
    },
  );
  test("have one name each, of the form level:metric:operation", () => {
    expect(recorded.size).toBe(rules.length);
    for (const { record } of rules) {
      expect(record).toMatch(/^[a-z_]+:[a-z_]+:[a-z0-9_]+$/);
    }
  });
});

/** Ten minutes of a counter that grows by `perMinute`. */
const counter = (labels: string, perMinute: number): { series: string; values: string } => ({
  series: labels,
  values: `0+${perMinute}x10`,
});

describe("promtool (Debian package prometheus)", () => {
  beforeEach(({ skip }) => {
    if (spawnSync("promtool", ["--version"]).error !== undefined) skip("promtool is not on PATH (Debian package prometheus)");
  });
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "moqscope-rules-"));
    // Every JSON document is YAML.
    const groups = recordingRules.map((group) => ({
      name: group.name,
      interval: `${group.intervalSeconds}s`,
      rules: group.rules.map(({ record, expr }) => ({ record, expr })),
    }));
    writeFileSync(join(folder, "rules.yml"), JSON.stringify({ groups }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const evaluate = (input: object[], expected: object[]): void => {
    const file = join(folder, "test.yml");
    const tests = [{ interval: "1m", input_series: input, promql_expr_test: expected }];
    writeFileSync(file, JSON.stringify({ rule_files: [join(folder, "rules.yml")], evaluation_interval: "30s", tests }));
    execFileSync("promtool", ["test", "rules", file], { encoding: "utf8", stdio: "pipe" });
  };
  const at = (expr: string, samples: readonly { labels: string; value: number }[]): object => ({
    expr,
    eval_time: "10m",
    exp_samples: samples,
  });

  test("the rules are valid", () => {
    execFileSync("promtool", ["check", "rules", join(folder, "rules.yml")], { stdio: "pipe" });
  });
  test("the loss ratio of a relay is lost over sent of one source, over all its transports; other sources do not blur it", () => {
    const relay = 'job="moq-relay",instance="ams-1",cloud_region="eu"';
    const loss = "moq:relay_packet_loss:ratio_rate5m";
    evaluate(
      [
        counter(`moq_relay_packets_sent_total{${relay},transport="webtransport",source="quic"}`, 6000),
        counter(`moq_relay_packets_lost_total{${relay},transport="webtransport",source="quic"}`, 1500),
        counter(`moq_relay_packets_sent_total{${relay},transport="quic",source="quic"}`, 2000),
        counter(`moq_relay_packets_lost_total{${relay},transport="quic",source="quic"}`, 500),
        counter(`moq_relay_packets_sent_total{${relay},transport="websocket",source="tcp_info"}`, 1000),
        counter(`moq_relay_packets_lost_total{${relay},transport="websocket",source="tcp_info"}`, 0),
      ],
      [
        at(loss, [
          { labels: `${loss}{instance="ams-1",cloud_region="eu",source="quic"}`, value: 0.25 },
          { labels: `${loss}{instance="ams-1",cloud_region="eu",source="tcp_info"}`, value: 0 },
        ]),
      ],
    );
  });
  test("a region's ratio weighs its relays by their packets", () => {
    const loss = "cloud_region:moq_relay_packet_loss:ratio_rate5m";
    const of = (instance: string): string => `instance="${instance}",cloud_region="eu",transport="webtransport",source="quic"`;
    evaluate(
      [
        counter(`moq_relay_packets_sent_total{${of("ams-1")}}`, 9000),
        counter(`moq_relay_packets_lost_total{${of("ams-1")}}`, 0),
        counter(`moq_relay_packets_sent_total{${of("ams-2")}}`, 1000),
        counter(`moq_relay_packets_lost_total{${of("ams-2")}}`, 100),
      ],
      [at(loss, [{ labels: `${loss}{cloud_region="eu",source="quic"}`, value: 0.01 }])],
    );
  });
  test("without traffic, or where a stack counts no loss, there is no ratio", () => {
    evaluate(
      [
        counter('moq_relay_packets_sent_total{instance="idle",source="quic"}', 0),
        counter('moq_relay_packets_lost_total{instance="idle",source="quic"}', 0),
        counter('moq_relay_packets_sent_total{instance="silent",source="getstats"}', 600),
      ],
      [at("moq:relay_packet_loss:ratio_rate5m", []), at("cloud_region:moq_relay_packet_loss:ratio_rate5m", [])],
    );
  });
  test("the WebSocket share counts settled connections only", () => {
    const share = "moq:client_websocket_share:ratio_rate5m";
    evaluate(
      [
        counter('moq_client_connections_total{transport="webtransport",result="ok"}', 60),
        counter('moq_client_connections_total{transport="webtransport",result="timeout"}', 60),
        counter('moq_client_connections_total{transport="websocket",result="ok"}', 20),
      ],
      [at(share, [{ labels: share, value: 0.25 }])],
    );
  });
});
