import { html, type TemplateResult } from "lit";
import type { Moment } from "../data/history.ts";
import { type Figure, figures } from "../figures/figures.ts";
import { bitRate, count, percent, plain, seconds, short } from "../format/quantity.ts";
import "../ui/chart.ts";
import type { ChartModel } from "../ui/chart-model.ts";

/** The graphs of the overview. All share one time axis and one pointer. */
export function graphs(moments: readonly Moment[], nowMs: number, minutes: number): TemplateResult {
  // The axis moves in whole seconds with the newest instant, and with the clock while nothing arrives.
  const toMs = Math.max(moments.at(-1)?.atMs ?? 0, nowMs - 2_000);
  const fromMs = toMs - minutes * 60_000;
  const timesMs = moments.map((moment) => moment.atMs);
  const base = { timesMs, fromMs, toMs };
  const of = (key: Exclude<keyof Moment, "atMs">): (number | null)[] => moments.map((moment) => moment[key]);
  return html`<div class="graphs">
    ${graph(figures.viewers, {
      ...base,
      label: figures.viewers.label,
      lines: [{ label: "viewers", tone: "accent", values: of("viewers") }],
      format: (value) => plain(count(value)),
      mark: (value) => short(count(value)),
      leastTop: 4,
    })}
    ${graph(figures.traffic, {
      ...base,
      label: figures.traffic.label,
      lines: [
        { label: "in", tone: "plain", values: of("bitsIn") },
        { label: "out", tone: "accent", values: of("bitsOut") },
      ],
      format: (value) => plain(bitRate(value)),
      mark: (value) => short(bitRate(value)),
      leastTop: 10_000,
    })}
    ${graph(figures.startupMean, {
      ...base,
      label: figures.startupMean.label,
      lines: [{ label: "mean", tone: "accent", values: of("startupMean") }],
      format: (value) => plain(seconds(value)),
      mark: (value) => short(seconds(value)),
      leastTop: 0.5,
    })}
    ${graph(figures.stallRatio, {
      ...base,
      label: figures.stallRatio.label,
      lines: [{ label: "stalled", tone: "accent", values: of("stallRatio") }],
      format: (value) => plain(percent(value)),
      mark: (value) => short(percent(value)),
      leastTop: 0.01,
    })}
  </div>`;
}

function graph(figure: Figure, model: ChartModel): TemplateResult {
  return html`<figure>
    <figcaption>${figure.label} <console-hint .figure=${figure}></console-hint></figcaption>
    <console-chart .model=${model}></console-chart>
  </figure>`;
}
