import { increase, ratio, rest, times } from "@moqscope/telemetry/promql";
import { burns, type Slo, slos } from "@moqscope/telemetry/rules";
import type { Board, Row } from "./kit/board.ts";
import { graph, stat } from "./kit/panels.ts";
import { recorded } from "./kit/recorded.ts";

const month = "30d";

/** What was promised, what is left of it, and how fast it goes. */
export const slo: Board = {
  uid: "moq-slo",
  title: "moqscope / Objectives",
  description: "What is promised to viewers over 30 days, what is left of the budget, and how fast it burns.",
  variables: [],
  rows: slos.map(row),
};

function row(one: Slo): Row {
  const bad = ratio(one.badEvents(increase, month), one.allEvents(increase, month));
  const percent = `${Number((one.objective * 100).toFixed(2))} %`;
  return {
    title: `${one.title}: ${percent} good`,
    panels: [
      stat(
        {
          title: `Objective: ${one.name}`,
          description: `What is promised over 30 days: ${percent} of all ${one.events} are good.`,
          unit: "percentunit",
          silent: "Prometheus does not answer",
          span: 3,
          height: 8,
        },
        { text: `vector(${one.objective})` },
      ),
      stat(
        {
          title: `Kept: ${one.name}`,
          description: `Good ${one.events} of all within 30 days; promised are ${percent}.`,
          unit: "percentunit",
          silent: "No player or relay reported an event",
          badBelow: one.objective,
          span: 3,
          height: 8,
        },
        rest(bad),
      ),
      stat(
        {
          title: `Budget left: ${one.name}`,
          description: `What may still be bad: ${one.bad}. Below 0 the promise is broken.`,
          unit: "percentunit",
          silent: "No player or relay reported an event",
          badBelow: 0,
          span: 3,
          height: 8,
        },
        rest(times(Number((1 / one.budget).toFixed(6)), bad)),
      ),
      graph(
        {
          title: `Burn rate: ${one.name}`,
          description: "How many times faster than the budget allows, over each window. The alerts need a long and a short window at once.",
          unit: "short",
          min: 0,
          span: 8,
          silent: "No player or relay reported an event",
        },
        ...burns.map(({ long }) => ({ of: recorded(`moq:slo_${one.name}:error_ratio_${long} / ${one.budget}`), as: long })),
      ),
      graph(
        {
          title: `Events counted: ${one.name}`,
          description: "With fewer than the guard of a window asks for, its alert says nothing.",
          unit: "short",
          min: 0,
          span: 7,
          silent: "No player or relay reported an event",
        },
        ...burns.map(({ long }) => ({ of: recorded(`moq:slo_${one.name}:events_${long}`), as: long })),
      ),
    ],
  };
}
