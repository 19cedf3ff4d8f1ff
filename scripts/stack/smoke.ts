/**
 * `pnpm stack:smoke`, beside a running `pnpm stack`: what is written on one side is read on the other for metrics, traces and logs; the
 * relay and its broadcast are in Prometheus; Grafana has every board, reaches every data source, answers a query, and lets nobody in as
 * admin without the password.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type PortName, ports } from "../../infra/src/compose/ports.ts";
import { root } from "../support/root.ts";
import { readEnv } from "./env-file.ts";
import { composeFolder, placeOf } from "./place.ts";
import { arrives, signalsArrive, text } from "./signals.ts";

const waitMs = 120_000;
const place = placeOf(process.env["STACK_ENV_FILE"] ?? join(composeFolder, ".env"), process.env);

try {
  const env = { ...readEnv(place), ...process.env };
  const url = (name: PortName): string => `http://127.0.0.1:${env[ports[name].variable] ?? ports[name].host}`;
  const ok = (line: string): void => void process.stdout.write(`ok  ${line}\n`);
  const seen = await signalsArrive(
    { otlp: url("otlpHttp"), prometheus: url("prometheus"), tempo: url("tempo"), loki: url("loki") },
    waitMs,
  );
  for (const line of seen) ok(line);
  const figures = ['process_uptime_seconds{job="moq-relay"}', "sum(moq_relay_active_streams) > 0"];
  for (const expr of figures) {
    const path = `${url("prometheus")}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`;
    await arrives(expr, performance.now() + waitMs, async () => /"result":\[\{/.test(await text(path)));
    ok(expr);
  }
  await grafana(url("grafana"), env["GRAFANA_ADMIN_PASSWORD"] ?? "", ok);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function grafana(url: string, password: string, ok: (line: string) => void): Promise<void> {
  const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  const boards = readdirSync(join(root, "infra/grafana/dashboards")).map((name) => name.replace(".json", ""));
  for (const uid of boards) await text(`${url}/api/dashboards/uid/${uid}`, headers);
  ok(`Grafana has ${boards.length} boards`);
  for (const uid of ["prometheus", "tempo", "loki"]) await text(`${url}/api/datasources/uid/${uid}/health`, headers);
  ok("Grafana reaches Prometheus, Tempo and Loki");
  const queries = [{ refId: "A", expr: 'process_uptime_seconds{job="moq-relay"}', datasource: { uid: "prometheus" }, instant: true }];
  const body = JSON.stringify({ queries, from: "now-5m", to: "now" });
  // Mimir has what Prometheus writes to it some seconds later.
  await arrives("the relay, through Grafana", performance.now() + waitMs, async () => {
    const answer = await fetch(`${url}/api/ds/query`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
    });
    return /"values":\[\[\d/.test(await answer.text());
  });
  ok("a query through Grafana finds the relay");
  const nobody = await fetch(`${url}/api/admin/settings`);
  if (nobody.status !== 401 && nobody.status !== 403) throw new Error(`${url}/api/admin/settings answers ${nobody.status} to nobody`);
  ok("Grafana lets nobody in as admin without the password");
}
