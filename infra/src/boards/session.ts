import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { rate, sum } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { choose, type ValueLink } from "./kit/links.ts";
import { graph } from "./kit/panels.ts";
import { quantiles } from "./kit/quantiles.ts";
import { scope } from "./kit/scope.ts";
import { logs, trace, traceTable } from "./kit/special.ts";

const { counter, buckets } = scope("transport");
const window = "$__rate_interval";
const uid = "moq-session";

/** A found trace opens below. */
const open = { traceID: choose("Show below", uid, "trace", "${__value.raw}") };
const ids: Readonly<Record<string, ValueLink>> = {
  ...open,
  "session.id": choose("This session", uid, "session", "${__value.raw}"),
  "span.session.id": choose("This session", uid, "session", "${__value.raw}"),
};
/** `moq.qlog.url` is a path on the admin listener of the relay that wrote it. */
const file: ValueLink = { title: "Download the qlog file", url: "${admin}${__value.raw}" };

const box = (name: string, label: string, description: string, value = ""): dashboard.TextBoxVariableBuilder =>
  new dashboard.TextBoxVariableBuilder(name).label(label).description(description).defaultValue(value);

/** One viewer: from a figure to the trace, to its lines, to its file. */
export const session: Board = {
  uid,
  title: "moqscope / Session explorer",
  description: "One viewer: put in a trace id (from a dot in a graph) or a session id, or pick one of the slow, failed and stalled.",
  variables: ["transport"],
  more: [
    box("trace", "Trace id", "32 hexadecimal digits"),
    box("session", "Session id", "As the player tells it"),
    box("admin", "Relay's admin address", "Where qlog files are read from", "http://127.0.0.1:4444"),
  ],
  rows: [
    {
      title: "Find",
      panels: [
        graph(
          {
            title: "Startup",
            description: "A dot is a session with a trace: click it.",
            unit: "s",
            span: 12,
            silent: "No player reported a start",
          },
          ...quantiles(buckets("moq.client.startup_time"), [0.5, 0.95], "startup", true),
        ),
        graph(
          { title: "Failures and stalls", description: "When to look, per second.", unit: "cps", span: 12, silent: "No player reports" },
          { of: sum(rate(counter("moq.client.play_attempts", { outcome: "failed" }), window)), as: "failed starts", exemplars: true },
          { of: sum(rate(counter("moq.client.rebuffer_count"), window), "cause"), as: "stalls: {{cause}}" },
        ),
        traceTable(
          { title: "Slow starts", description: "More than 2 s.", span: 8, leads: open },
          '{ name = "moq.session.start" && duration > 2s }',
        ),
        traceTable(
          { title: "Failed starts", description: "Ended without a picture.", span: 8, leads: open },
          '{ name = "moq.session.start" && status = error }',
        ),
        traceTable({ title: "Stalls", description: "Sessions that stalled.", span: 8, leads: open }, '{ name = "moq.rebuffer" }'),
        traceTable(
          {
            title: "Sessions of this time",
            description: "Starts within the time range, as far as their traces were kept: what the others saw meanwhile.",
            span: 24,
            spans: true,
            leads: ids,
          },
          '{ name = "moq.session.start" } | select(span.session.id, span.moq.transport, resource.service.name)',
        ),
      ],
    },
    {
      title: "The session",
      panels: [
        traceTable(
          { title: "Traces of the session", description: "Everything that carries its id.", span: 12, leads: open },
          '{ span.session.id = "$session" }',
        ),
        traceTable(
          {
            title: "qlog files",
            description: "Files that relays wrote of the session; a click downloads one from the relay's admin listener.",
            span: 12,
            spans: true,
            leads: { ...open, "moq.qlog.url": file, "span.moq.qlog.url": file },
          },
          '{ span.moq.qlog.url != nil && (span.session.id = "$session" || trace:id = "$trace") } | select(span.moq.qlog.url)',
        ),
        trace({ title: "Trace", description: "Every hop that knows of it." }, "$trace"),
        logs({ title: "Lines of the trace", description: "Relays, gateway and players." }, '{service_name=~".+"} | trace_id = "$trace"'),
        logs({ title: "Lines of the session", description: "What the player told." }, '{service_name=~".+"} | session_id = "$session"'),
      ],
    },
  ],
};
