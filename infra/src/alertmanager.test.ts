import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { foreignProgram } from "../../scripts/foreign/installed.ts";
import { alertmanagerConfig, receiversFrom } from "./alertmanager.ts";

const amtool = foreignProgram("amtool");
const all = {
  ALERT_WEBHOOK_URL: "http://127.0.0.1:9/hook",
  ALERT_SLACK_URL: "https://hooks.slack.example/services/T/B/x",
  ALERT_PAGERDUTY_KEY: "0123456789abcdef0123456789abcdef",
  ALERT_EMAIL_TO: "ops@example.org",
  ALERT_SMTP_HOST: "mail.example.org:587",
  ALERT_SMTP_FROM: "moqscope@example.org",
  ALERT_SMTP_USER: "moqscope",
  ALERT_SMTP_PASSWORD: "secret",
};

describe("the receivers", () => {
  it("are nobody where no variable says who", () => {
    expect(receiversFrom({ ALERT_SLACK_URL: "" })).toEqual({});
  });
  it("say which variable is wrong or missing beside another", () => {
    expect(() => receiversFrom({ ALERT_WEBHOOK_URL: "ops" })).toThrow('ALERT_WEBHOOK_URL must be an http or https address, not "ops"');
    expect(() => receiversFrom({ ALERT_EMAIL_TO: "ops@example.org" })).toThrow("ALERT_EMAIL_TO needs ALERT_SMTP_HOST as host:port");
    expect(() => receiversFrom({ ...all, ALERT_SMTP_FROM: "" })).toThrow("ALERT_EMAIL_TO needs ALERT_SMTP_FROM");
  });
});

describe("Alertmanager's configuration", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "moqscope-alertmanager-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const ask = (config: string, ...args: string[]): { readonly status: number | null; readonly stdout: string } => {
    const file = join(folder, "alertmanager.yml");
    writeFileSync(file, config);
    const [command = "", ...rest] = args;
    const where = command === "config" ? [`--config.file=${file}`] : [file];
    const { status, stdout, stderr } = spawnSync(amtool ?? "", [command, ...rest.slice(0, 2), ...where, ...rest.slice(2)], {
      encoding: "utf8",
    });
    return { status, stdout: `${stdout}${stderr}` };
  };

  it.each([
    ["nobody", {}],
    ["everybody", all],
    ["a webhook", { ALERT_WEBHOOK_URL: all.ALERT_WEBHOOK_URL }],
  ])("is valid for amtool with %s to tell", (_who, env) => {
    const config = alertmanagerConfig(receiversFrom(env));
    if (amtool !== undefined) expect(ask(config, "check-config")).toMatchObject({ status: 0 });
    expect(JSON.parse(config)).toHaveProperty("receivers.length", 3);
  });
  it("tells each alert to whom its severity says", (context) => {
    if (amtool === undefined) return context.skip("pnpm foreign:build amtool makes what judges routes");
    const config = alertmanagerConfig(receiversFrom(all));
    const expected = { page: "pager", ticket: "everybody", info: "nobody" } as const;
    const alerts = [...alertRules(), ...stackAlertRules()].flatMap(({ rules }) => rules);
    const bySeverity = new Map(alerts.map((alert) => [alert.labels["severity"] ?? "", alert]));
    expect([...bySeverity.keys()].toSorted()).toEqual(["info", "page", "ticket"]);
    for (const [severity, { alert, labels }] of bySeverity) {
      const receiver = alert === "MoqWatchdog" ? "everybody" : expected[severity as keyof typeof expected];
      const told = ask(
        config,
        "config",
        "routes",
        "test",
        `alertname=${alert}`,
        ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
      );
      expect(told.stdout.trim(), alert).toBe(receiver);
    }
  });
});
