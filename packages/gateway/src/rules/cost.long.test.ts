import { alertRules, recordingRules } from "@moqscope/telemetry/rules";
import { expect, test } from "vitest";
import { HistoryStore } from "../tsdb/history-store.ts";
import { Labels } from "../tsdb/labels.ts";
import { RuleGroups } from "./rule-groups.ts";

const startMs = 1_800_000_000_000;
const dayMs = 86_400_000;

/** A day of an audience in 5 regions, 2 transports and 4 browsers and of 3 relays, every 10 s. */
function day(): HistoryStore {
  const store = new HistoryStore({ memoryBytes: 1e9, series: 10_000 });
  const regions = ["europe", "latam", "north_america", "mena", "oceania"];
  const views = regions.flatMap((region) => ["webtransport", "websocket"].map((transport) => ({ job: "moq-player", region, transport })));
  const sets: Record<string, string>[] = [];
  const histogram = (name: string, labels: Record<string, string>, bounds: readonly string[]): void => {
    for (const le of [...bounds, "+Inf"]) sets.push({ __name__: `${name}_bucket`, ...labels, le });
    sets.push({ __name__: `${name}_count`, ...labels }, { __name__: `${name}_sum`, ...labels });
  };
  const fine = ["0.1", "0.2", "0.3", "0.5", "0.75", "1", "1.5", "2", "3", "4", "6", "10", "20", "40"];
  for (const view of views) {
    for (const outcome of ["started", "failed", "exited"]) sets.push({ __name__: "moq_client_play_attempts_total", ...view, outcome });
    for (const cause of ["network", "decode", "publisher"])
      sets.push({ __name__: "moq_client_rebuffer_time_seconds_total", ...view, cause });
    for (const device of ["desktop", "mobile"]) sets.push({ __name__: "moq_client_play_time_seconds_total", ...view, device });
    for (const browser of ["chrome", "edge", "firefox", "safari"]) histogram("moq_client_startup_time_seconds", { ...view, browser }, fine);
    histogram("moq_client_latency_seconds", view, fine);
  }
  for (const instance of ["ams-1", "fra-1", "nyc-1"]) {
    const relay = { job: "moq-relay", instance, cloud_region: "eu" };
    histogram("moq_relay_forward_time_seconds", { ...relay, peer: "client" }, ["0.001", "0.01", "0.05", "0.1", "1"]);
    for (const name of [
      "bytes_sent",
      "bytes_received",
      "groups_sent",
      "groups_dropped",
      "connections",
      "errors",
      "packets_sent",
      "packets_lost",
    ])
      sets.push({ __name__: `moq_relay_${name}_total`, ...relay, peer: "client", source: "quic", reason: "expired" });
    sets.push({ __name__: "process_uptime_seconds", ...relay });
  }
  for (const [index, labels] of sets.entries()) {
    const series = store.open(Labels.of(labels));
    for (let second = 0; second < dayMs / 1000; second += 10)
      series?.write(startMs + second * 1000, Math.floor((second * (index % 7)) / 5));
  }
  return store;
}

test("all rules of a day of such an audience take less than a tenth of their interval of 30 s, and little in one go", {
  timeout: 300_000,
}, async () => {
  const history = day();
  const groups = new RuleGroups([...recordingRules, ...alertRules()], { history, evaluated: () => {}, changed: () => {} });
  const round = async (atMs: number): Promise<void> => {
    groups.tick(atMs);
    await groups.idle();
  };
  await round(startMs + dayMs);
  const began = process.cpuUsage();
  await round(startMs + dayMs + 300_000);
  const { user, system } = process.cpuUsage(began);
  const status = groups.status();
  const byGroup = status.map(({ name, rules }) => `${name} ${Math.round(rules.reduce((sum, { tookMs }) => sum + tookMs, 0))} ms`);
  process.stderr.write(`rules over ${history.size} series of a day: ${(user + system) / 1000} ms of processor; ${byGroup.join(", ")}\n`);
  expect(status.flatMap(({ rules }) => rules.filter(({ health }) => health === "err"))).toEqual([]);
  expect((user + system) / 1e6).toBeLessThan(3);
});
