import { metrics, prometheusName } from "@moqscope/telemetry";
import { QueryChecker, withoutVariables } from "@moqscope/telemetry/check";
import { alertRules, recordingRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { expect, test } from "vitest";
import { boards } from "./index.ts";
import { render } from "./kit/board.ts";

/** Metrics that no board and no rule asks for, and whom they are for. */
const unused: Readonly<Record<string, readonly string[]>> = {
  "a closer look by hand, beside a metric of the same matter that has a panel": [
    "moq.client.freeze_time",
    "moq.client.keyframe_interval",
    "moq.client.session_duration",
    "moq.publisher.publish_time",
    "moq.publisher.frames_encoded",
    "moq.publisher.frame_size",
    "moq.publisher.io",
    "moq.publisher.clock_offset",
    "moq.publisher.connections",
    "moq.publisher.reconnects",
    "moq.relay.announcements",
    "moq.relay.subscriptions",
    "moq.relay.session_duration",
    "moq.relay.cache_size",
    "moq.relay.upstream_sessions",
    "moq.gateway.points",
    "moq.gateway.request_size",
    "moq.gateway.exemplars",
    "moq.gateway.export_time",
  ],
  "questions by country that the map does not ask": ["moq.client.country.play_attempts", "moq.client.country.slow_starts"],
  "the embedded store and console, which the stack does without": [
    "moq.gateway.stream.listeners",
    "moq.gateway.stream.dropped",
    "moq.gateway.store.records",
    "moq.gateway.store.records_dropped",
    "moq.gateway.store.series",
    "moq.gateway.store.memory",
  ],
  "one instance: the boards have the histogram of the delay, which can be added up": [
    "nodejs.eventloop.delay.p99",
    "nodejs.eventloop.delay.max",
  ],
};

interface BoardJson {
  readonly panels: readonly { readonly targets?: readonly { readonly expr?: string }[] }[];
}

test("every metric of the registry is on a board, in a rule, or listed with whom it is for", () => {
  const rules = [...recordingRules, ...alertRules(), ...stackAlertRules()].flatMap((group) => group.rules.map(({ expr }) => expr));
  const queries = boards.flatMap((board) =>
    (render(board) as BoardJson).panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) => (expr ? [withoutVariables(expr)] : [])),
    ),
  );
  const checker = new QueryChecker({ recorded: recordingRules.flatMap((group) => group.rules) });
  const read = new Set([...rules, ...queries].flatMap((query) => [...checker.seriesIn(query)]));
  const isRead = (name: string): boolean => {
    const family = prometheusName(name, metrics[name as keyof typeof metrics]);
    return [family, `${family}_bucket`, `${family}_sum`, `${family}_count`].some((series) => read.has(series));
  };
  const listed = Object.values(unused).flat();
  expect(Object.keys(metrics).filter((name) => !isRead(name) && !listed.includes(name))).toEqual([]);
  expect(listed.filter((name) => !Object.hasOwn(metrics, name) || isRead(name))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});
