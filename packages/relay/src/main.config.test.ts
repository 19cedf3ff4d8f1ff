import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ConfigReport } from "./process/describe-config.ts";
import { killAll, ready, run, runIn } from "./testing/main-process.ts";

const folder = mkdtempSync(join(tmpdir(), "moqscope-relay-config-"));
const config = join(folder, "relay.toml");
afterEach(() => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

const base = `listen = "127.0.0.1:0"\nadmin-listen = "127.0.0.1:0"\nnode = "of-file"\nwebtransport = "off"\n`;
const file = (sessions: number): string =>
  `${base}[limits]\nmax-sessions = 7\nmax-sessions-per-address = ${sessions}\n[telemetry]\notlp-endpoint = "http://u:hunter2@127.0.0.1:9/?jwt=hunter2"\n`;

test("a file is overruled by a variable and a flag, shown with its sources at start and in /config, and read again on SIGHUP", {
  timeout: 90_000,
}, async () => {
  writeFileSync(config, file(6));
  const [started, wrong] = [
    runIn({ MOQSCOPE_RELAY_MAX_SESSIONS: "8" }, "--config", config, "--node", "of-flag"),
    run("--check", "--config", config, "--tls-cert", "/no/such.pem", "--tls-key", "/no/such.key", "--allow-origin", "x"),
  ];
  const { admin_url: adminUrl, node, options } = await ready(started);
  expect(node).toBe("of-flag");
  expect(options).toContain("node=of-flag (--node)");
  expect(options).toContain("max-sessions=8 (MOQSCOPE_RELAY_MAX_SESSIONS)");
  expect(options).toContain(`max-sessions-per-address=6 (${config}:7:1 (limits.max-sessions-per-address))`);
  expect(options).toContain("ping-interval=5s (default)");
  const shown = async (): Promise<ConfigReport> => (await (await fetch(`${adminUrl}/config`)).json()) as ConfigReport;
  const report = await shown();
  expect(report.file).toBe(config);
  expect(report.options).toContainEqual({
    key: "limits.max-sessions",
    flag: "--max-sessions",
    value: "8",
    from: "MOQSCOPE_RELAY_MAX_SESSIONS",
    reload: true,
  });
  expect(started.stderr + JSON.stringify(report)).not.toContain("hunter2");

  writeFileSync(config, file(5));
  started.child.kill("SIGHUP");
  await expect.poll(() => started.stderr, { timeout: 20_000 }).toMatch(/"moq.config".*changed --max-sessions-per-address"/);
  expect((await shown()).options.find(({ flag }) => flag === "--max-sessions-per-address")?.value).toBe("5");

  expect(await wrong.exited).toBe(1);
  expect(wrong.stderr.trimEnd().split("\n")).toEqual([
    'moqscope-relay: --allow-origin: "x" is no origin of a page: such as https://watch.example',
    expect.stringMatching(/^moqscope-relay: --tls-cert, --tls-key: .*\/no\/such/),
  ]);
});
