import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { rate, sum } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph } from "./kit/panels.ts";
import { quantiles } from "./kit/quantiles.ts";
import { scope } from "./kit/scope.ts";
import { logs, trace, traceTable } from "./kit/special.ts";

const { counter, buckets } = scope("transport");
const window = "$__rate_interval";

/** One viewer: from a figure to the trace, to its lines, to its file. */
export const session: Board = {
  uid: "moq-session",
  title: "moqscope / Session explorer",
  description: "One viewer: put in a trace id (from a dot in a graph) or a session id, or pick one of the slow, failed and stalled.",
  variables: ["transport"],
  more: [
    new dashboard.TextBoxVariableBuilder("trace").label("Trace id").description("32 hexadecimal digits").defaultValue(""),
    new dashboard.TextBoxVariableBuilder("session").label("Session id").description("As the player tells it").defaultValue(""),
  ],
  rows: [
    {
      title: "Find",
      panels: [
        graph(
          { title: "Startup", description: "A dot is a session with a trace: click it.", unit: "s", span: 12, silent: "Nobody started" },
          ...quantiles(buckets("moq.client.startup_time"), [0.5, 0.95], "startup", true),
        ),
        graph(
          { title: "Failures and stalls", description: "When to look, per second.", unit: "cps", span: 12, silent: "No player reports" },
          { of: sum(rate(counter("moq.client.play_attempts", { outcome: "failed" }), window)), as: "failed starts", exemplars: true },
          { of: sum(rate(counter("moq.client.rebuffer_count"), window), "cause"), as: "stalls: {{cause}}" },
        ),
        traceTable({ title: "Slow starts", description: "More than 2 s.", span: 8 }, '{ name = "moq.session.start" && duration > 2s }'),
        traceTable(
          { title: "Failed starts", description: "Ended without a picture.", span: 8 },
          '{ name = "moq.session.start" && status = error }',
        ),
        traceTable({ title: "Stalls", description: "Sessions that stalled.", span: 8 }, '{ name = "moq.rebuffer" }'),
      ],
    },
    {
      title: "The session",
      panels: [
        traceTable(
          {
            title: "Traces of the session",
            description: "Everything that carries its id; the attribute moq.qlog.url leads to its qlog file.",
            span: 24,
          },
          '{ span.session.id = "$session" }',
        ),
        trace({ title: "Trace", description: "Every hop that knows of it." }, "$trace"),
        logs({ title: "Lines of the trace", description: "Relays, gateway and players." }, '{service_name=~".+"} | trace_id = "$trace"'),
        logs({ title: "Lines of the session", description: "What the player told." }, '{service_name=~".+"} | session_id = "$session"'),
      ],
    },
  ],
};
