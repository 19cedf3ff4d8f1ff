import type { MetricValue } from "@moqscope/telemetry/query";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Actions, ConsoleState } from "../app/state.ts";
import { valueOf } from "../data/poll.ts";
import { quantile } from "../data/quantile.ts";
import { descriptionOf, prometheusNameOf } from "../figures/registry.ts";
import { freshness } from "../format/freshness.ts";
import { count, inUnit, plain, type Quantity } from "../format/quantity.ts";
import { age, attributePairs, noData, peerText } from "../ui/figure.ts";
import { emptyNote } from "../ui/table.ts";
import { groupMetrics, type MetricGroup, seriesKey } from "./metric-groups.ts";
import { polled } from "./polled.ts";
import { searchBox } from "./search-box.ts";

const shownSeries = 300;

/** Every series that the gateway holds, with its newest value. */
export function metricsView(state: ConsoleState, actions: Actions): TemplateResult {
  const text = state.route.view === "metrics" ? state.route.text : "";
  const answer = valueOf(state.metrics);
  return html`<section aria-labelledby="metrics-head">
    <header class="section-head">
      <h1 id="metrics-head">Metrics</h1>
      <p>${answer === null ? "" : `${plain(count(answer.metrics.length))} series`}</p>
      ${searchBox("Filter by name, service or key=value", text, (typed) => actions.go({ view: "metrics", text: typed }, true))}
    </header>
    ${polled(state.metrics, ({ metrics }) => {
      if (metrics.length === 0) return emptyNote("no data:", "no process has sent a metric to this gateway.");
      const groups = groupMetrics(metrics, text);
      if (groups.length === 0) return emptyNote("Nothing matches.", `${plain(count(metrics.length))} series are hidden by the filter.`);
      return list(groups, state, actions);
    })}
  </section>`;
}

function list(groups: readonly MetricGroup[], state: ConsoleState, actions: Actions): TemplateResult {
  const total = groups.reduce((sum, group) => sum + group.series.length, 0);
  const whole = state.wholeTables.has("metrics");
  let room = whole ? total : shownSeries;
  const shown: MetricGroup[] = [];
  for (const group of groups) {
    if (room <= 0) break;
    shown.push(group);
    room -= group.series.length;
  }
  const hidden = total - shown.reduce((sum, group) => sum + group.series.length, 0);
  return html`<table role="table" class="metrics" aria-label="Metrics">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Attributes</th>
          <th role="columnheader" scope="col">Source</th>
          <th role="columnheader" scope="col" class="end">Newest value</th>
          <th role="columnheader" scope="col" class="end">Age</th>
        </tr>
      </thead>
      ${repeat(
        shown,
        (group) => group.name,
        (group) => body(group, state.nowMs),
      )}
    </table>
    ${hidden === 0 ? nothing : html`<button type="button" class="more" @click=${() => actions.showAll("metrics")}>Show ${hidden} more series</button>`}`;
}

function body(group: MetricGroup, nowMs: number): TemplateResult {
  const first = group.series[0];
  const description = descriptionOf(group.name);
  return html`<tbody role="rowgroup">
    <tr role="row" class="group">
      <th role="rowheader" scope="rowgroup" colspan="4">
        <code class="name">${peerText(group.name)}</code>
        <span class="kind">${group.type}${group.unit === "" ? nothing : html`, ${peerText(group.unit)}`}</span>
        ${first === undefined ? nothing : html`<code class="prometheus">${peerText(prometheusNameOf(first))}</code>`}
        ${description === "" ? nothing : html`<span class="description">${description}</span>`}
      </th>
    </tr>
    ${repeat(group.series, seriesKey, (metric) => row(metric, nowMs))}
  </tbody>`;
}

function row(metric: MetricValue, nowMs: number): TemplateResult {
  const pairs = attributePairs(metric.attributes);
  return html`<tr role="row">
    <th role="rowheader" scope="row" class="first">${pairs === nothing ? html`<span class="quiet">no attributes</span>` : pairs}</th>
    <td role="cell" class="source">${peerText(metric.service)} <span class="id">${peerText(metric.instance)}</span></td>
    <td role="cell" class="end">${newestValue(metric)}</td>
    <td role="cell" class="end">${age(freshness(metric.atMs, nowMs))}</td>
  </tr>`;
}

/** A sender may call anything a unit. */
const clippedUnit = ({ digits, unit }: Quantity): Quantity => ({ digits, unit: unit.slice(0, 12) });

function newestValue(metric: MetricValue): TemplateResult {
  const { histogram, unit, value } = metric;
  const show = (number: number): string => plain(clippedUnit(inUnit(number, unit)));
  if (histogram !== undefined) {
    const samples = html`<b class="num">${plain(count(histogram.count))}</b> <span class="quiet">${histogram.count === 1 ? "sample" : "samples"}</span>`;
    if (histogram.count === 0) return samples;
    const parts = [`mean\u00a0${show(histogram.sum / histogram.count)}`];
    for (const [label, q] of [
      ["p50", 0.5],
      ["p95", 0.95],
    ] as const) {
      const at = quantile(q, histogram.bounds, histogram.buckets);
      if (at !== undefined) parts.push(`${label}\u00a0${show(at)}`);
    }
    return html`${samples}<span class="spread num">${parts.join(" · ")}</span>`;
  }
  if (value === undefined || !Number.isFinite(value)) return noData;
  return html`<b class="num" title=${`${value} ${unit}`}>${plain(clippedUnit(inUnit(value, unit)))}</b>`;
}
