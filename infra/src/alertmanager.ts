/** Where alerts go, by environment variables of the stack: what is absent is not told. */
export interface Receivers {
  /** `ALERT_WEBHOOK_URL`. */
  readonly webhookUrl?: string;
  /** `ALERT_SLACK_URL`: an incoming webhook. */
  readonly slackUrl?: string;
  /** `ALERT_PAGERDUTY_KEY`: a routing key of Events API v2; told of pages only. */
  readonly pagerDutyKey?: string;
  /** `ALERT_EMAIL_TO`, with `ALERT_SMTP_HOST` (host:port), `ALERT_SMTP_FROM`, `ALERT_SMTP_USER` and `ALERT_SMTP_PASSWORD`. */
  readonly email?: {
    readonly to: string;
    readonly smartHost: string;
    readonly from: string;
    readonly user?: string;
    readonly password?: string;
  };
}

/** Reads the receivers. Throws Error that names the variable and what is missing beside it. */
export function receiversFrom(env: Readonly<Record<string, string | undefined>>): Receivers {
  const given = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const [webhookUrl, slackUrl, pagerDutyKey, to] = ["ALERT_WEBHOOK_URL", "ALERT_SLACK_URL", "ALERT_PAGERDUTY_KEY", "ALERT_EMAIL_TO"].map(
    given,
  );
  for (const [name, url] of [
    ["ALERT_WEBHOOK_URL", webhookUrl],
    ["ALERT_SLACK_URL", slackUrl],
  ] as const)
    if (url !== undefined && !/^https?:\/\//.test(url)) throw new Error(`${name} must be an http or https address, not "${url}"`);
  return {
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(slackUrl === undefined ? {} : { slackUrl }),
    ...(pagerDutyKey === undefined ? {} : { pagerDutyKey }),
    ...(to === undefined ? {} : { email: emailFrom(to, given) }),
  };
}

function emailFrom(to: string, given: (name: string) => string | undefined): NonNullable<Receivers["email"]> {
  const smartHost = given("ALERT_SMTP_HOST");
  const from = given("ALERT_SMTP_FROM");
  const [user, password] = [given("ALERT_SMTP_USER"), given("ALERT_SMTP_PASSWORD")];
  if (smartHost === undefined || !/:\d+$/.test(smartHost)) throw new Error("ALERT_EMAIL_TO needs ALERT_SMTP_HOST as host:port");
  if (from === undefined) throw new Error("ALERT_EMAIL_TO needs ALERT_SMTP_FROM, the address that mails come from");
  return { to, smartHost, from, ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
}

/** Shorter waits, for tests that cannot wait for a person's patience. Seconds. */
export interface Waits {
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeat: number;
}
const patient: Waits = { groupWait: 30, groupInterval: 300, repeat: 14_400 };

/**
 * Alertmanager's configuration (JSON is YAML): one sender in every profile. A page also goes to PagerDuty; what a dead relay or silent
 * telemetry explains is not told beside it.
 */
export function alertmanagerConfig(receivers: Receivers, { groupWait, groupInterval, repeat }: Waits = patient): string {
  const everybody = {
    ...(receivers.webhookUrl === undefined ? {} : { webhook_configs: [{ url: receivers.webhookUrl, send_resolved: true }] }),
    ...(receivers.slackUrl === undefined ? {} : { slack_configs: [{ api_url: receivers.slackUrl, send_resolved: true, title, text }] }),
    ...(receivers.email === undefined ? {} : { email_configs: [emailConfig(receivers.email)] }),
  };
  const pager =
    receivers.pagerDutyKey === undefined ? {} : { pagerduty_configs: [{ routing_key: receivers.pagerDutyKey, description: title }] };
  return `${JSON.stringify(
    {
      route: {
        receiver: "everybody",
        group_by: ["alertname", "region"],
        group_wait: `${groupWait}s`,
        group_interval: `${groupInterval}s`,
        repeat_interval: `${repeat}s`,
        routes: [
          // It always fires: a receiver that hears nothing of it for longer than this is cut off.
          { receiver: "everybody", matchers: ['alertname="MoqWatchdog"'], group_wait: "0s", repeat_interval: `${Math.min(repeat, 3600)}s` },
          // For boards, not for people.
          { receiver: "nobody", matchers: ['severity="info"'] },
          { receiver: "pager", matchers: ['severity="page"'] },
        ],
      },
      inhibit_rules: [
        {
          source_matchers: ['alertname="MoqRelaySilent"'],
          target_matchers: ['service="moq-relay"', 'alertname!="MoqRelaySilent"'],
          equal: ["instance"],
        },
        { source_matchers: ['alertname=~"MoqTelemetryAbsent|MoqTelemetryStopped"'], target_matchers: ['service="moq-player"'] },
        { source_matchers: ['severity="page"'], target_matchers: ['severity="ticket"', 'slo!=""'], equal: ["slo"] },
      ],
      receivers: [{ name: "everybody", ...everybody }, { name: "pager", ...everybody, ...pager }, { name: "nobody" }],
    },
    null,
    2,
  )}\n`;
}

const title = "{{ .CommonLabels.alertname }}: {{ .CommonAnnotations.summary }}";
const text = "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ .Annotations.runbook_url }}\n{{ end }}";

function emailConfig({ to, smartHost, from, user, password }: NonNullable<Receivers["email"]>): object {
  const auth = user === undefined ? {} : { auth_username: user, auth_password: password ?? "" };
  return { to, from, smarthost: smartHost, send_resolved: true, headers: { subject: title }, ...auth };
}
