import type { Receivers } from "../alertmanager.ts";

/** Names that policies, contact points and mute times know each other by. */
const names = { everybody: "moq-everybody", pager: "moq-pager", always: "moq-always", outside: "moq-outside-working-hours" } as const;
/** Where alerts go while no receiver is set: nowhere, and every attempt is a failure that Grafana shows. */
const nowhere = "http://set-alert-webhook-url.invalid/";

interface Integration {
  readonly type: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Contact points for the receivers that the stack's variables switch on. */
export function contactPoints({ webhookUrl, slackUrl, email, pagerDutyKey }: Receivers): object {
  const everybody: readonly Integration[] = [
    ...(webhookUrl === undefined ? [] : [webhook(webhookUrl)]),
    ...(slackUrl === undefined ? [] : [{ type: "slack", settings: { url: slackUrl } }]),
    ...(email === undefined ? [] : [{ type: "email", settings: { addresses: email.to } }]),
  ];
  const pager = pagerDutyKey === undefined ? [] : [{ type: "pagerduty", settings: { integrationKey: pagerDutyKey } }];
  return { apiVersion: 1, contactPoints: [point(names.everybody, everybody), point(names.pager, [...everybody, ...pager])] };
}

/** A contact point without an integration is refused. */
function point(name: string, integrations: readonly Integration[]): object {
  const all = integrations.length === 0 ? [webhook(nowhere)] : integrations;
  return { orgId: 1, name, receivers: all.map(({ type, settings }) => ({ uid: `${name}-${type}`, type, settings })) };
}
const webhook = (url: string): Integration => ({ type: "webhook", settings: { url, httpMethod: "POST" } });

/** Who is told of what, as Alertmanager's routes have it; mute times stand for the receiver that hears nothing and for working hours. */
export function policies(): object {
  const to = (receiver: string, label: string, value: string, more: object = {}): object => ({
    receiver,
    object_matchers: [[label, "=", value]],
    ...more,
  });
  return {
    apiVersion: 1,
    policies: [
      {
        orgId: 1,
        receiver: names.everybody,
        group_by: ["alertname", "region"],
        group_wait: "30s",
        group_interval: "5m",
        repeat_interval: "4h",
        routes: [
          to(names.everybody, "alertname", "MoqWatchdog", { group_wait: "0s", repeat_interval: "1h" }),
          to(names.everybody, "severity", "info", { mute_time_intervals: [names.always] }),
          to(names.pager, "severity", "page"),
          to(names.everybody, "severity", "ticket", { mute_time_intervals: [names.outside] }),
        ],
      },
    ],
  };
}

/** When nobody is told: never of information, and of tickets outside Monday to Friday, 8 to 18 o'clock UTC. */
export function muteTimes(): object {
  const from = (start_time: string, end_time: string): object => ({ start_time, end_time });
  return {
    apiVersion: 1,
    muteTimes: [
      { orgId: 1, name: names.always, time_intervals: [{ times: [from("00:00", "24:00")] }] },
      {
        orgId: 1,
        name: names.outside,
        time_intervals: [
          { weekdays: ["saturday", "sunday"] },
          { weekdays: ["monday:friday"], times: [from("00:00", "08:00"), from("18:00", "24:00")] },
        ],
      },
    ],
  };
}
