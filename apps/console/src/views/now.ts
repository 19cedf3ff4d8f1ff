import type { SourceSummary, Summary, TransportSummary } from "@moqscope/telemetry/query";
import { html, nothing, type TemplateResult } from "lit";
import { ranges } from "../app/route.ts";
import type { Actions, ConsoleState } from "../app/state.ts";
import { figures } from "../figures/figures.ts";
import { freshness } from "../format/freshness.ts";
import { bitRate, count, percent, plain, seconds } from "../format/quantity.ts";
import { age, noData, peerText, readingCell, staleTitle } from "../ui/figure.ts";
import { emptyNote, table } from "../ui/table.ts";
import { graphs } from "./now-graphs.ts";
import { linkTable } from "./now-network.ts";
import { tiles } from "./now-tiles.ts";

/** What is live now: the figures, their last minutes, and where they come from. */
export function nowView(state: ConsoleState, actions: Actions): TemplateResult {
  const { summary, route } = state;
  const minutes = route.view === "now" ? route.minutes : 5;
  return html`<h1 class="visually-hidden">Now</h1>
    <section aria-labelledby="figures-head">
      <header class="section-head">
        <h2 id="figures-head">Live now</h2>
        <p>${summary === null ? nothing : html`rates over the last ${summary.rateWindowMs / 1000}\u00a0s, counts and distributions over ${summary.windowMs / 1000}\u00a0s`}</p>
      </header>
      ${tiles(summary, state.nowMs)}
    </section>
    <section aria-labelledby="graphs-head">
      <header class="section-head">
        <h2 id="graphs-head">Last minutes</h2>
        <div class="choice" role="group" aria-label="Time range of the graphs">
          ${ranges.map(
            (range) =>
              html`<button type="button" aria-pressed=${range === minutes} @click=${() => actions.go({ view: "now", minutes: range }, true)}>
                ${range} min
              </button>`,
          )}
        </div>
      </header>
      ${graphs(state.moments, state.nowMs, minutes)}
    </section>
    ${
      summary === null
        ? html`<section>${emptyNote("no data:", "the gateway has not answered yet.")}</section>`
        : html`${broadcasts(summary, state, actions)}
          ${transports(summary, state, actions)}
          <div class="pair-of-sections">${links(summary, state, actions)} ${sources(summary, state, actions)}</div>`
    }`;
}

function section(id: string, figure: { label: string; explanation: string; metrics: readonly string[] }, content: unknown): TemplateResult {
  return html`<section aria-labelledby=${id}>
    <header class="section-head">
      <h2 id=${id}>${figure.label}</h2>
      <console-hint .figure=${figure}></console-hint>
    </header>
    ${content}
  </section>`;
}

const whole = (state: ConsoleState, actions: Actions, name: string): { limit: number; all: boolean; onAll: () => void } => ({
  limit: 12,
  all: state.wholeTables.has(name),
  onAll: () => actions.showAll(name),
});

function broadcasts(summary: Summary, state: ConsoleState, actions: Actions): TemplateResult {
  const { nowMs } = state;
  if (summary.broadcasts.length === 0) {
    const note = withoutBroadcasts(summary.liveBroadcasts?.value ?? null);
    return section("broadcasts-head", figures.broadcasts, note);
  }
  const rows = [...summary.broadcasts].sort(
    (a, b) => (b.viewers?.value ?? -1) - (a.viewers?.value ?? -1) || a.broadcast.localeCompare(b.broadcast),
  );
  return section(
    "broadcasts-head",
    figures.broadcasts,
    table({
      ...whole(state, actions, "broadcasts"),
      label: figures.broadcasts.label,
      rows,
      key: (row) => row.broadcast,
      columns: [
        { head: "Broadcast", cell: (row) => peerText(row.broadcast) },
        { head: "Viewers", numeric: true, cell: (row) => readingCell(row.viewers, count, nowMs) },
        { head: "In", numeric: true, cell: (row) => readingCell(row.bitsInPerSecond, bitRate, nowMs) },
        { head: "Out", numeric: true, cell: (row) => readingCell(row.bitsOutPerSecond, bitRate, nowMs) },
        { head: "Age", numeric: true, cell: (row) => ageOfRow([row.viewers, row.bitsInPerSecond, row.bitsOutPerSecond], nowMs) },
      ],
    }),
  );
}

/** Why the table of broadcasts is empty: nobody publishes, nobody watches yet, or nobody reports. */
function withoutBroadcasts(live: number | null): TemplateResult {
  if (live === null) return emptyNote("no data:", "no relay reports to this gateway.");
  if (live === 0) return emptyNote("No broadcast is live.", "A relay reports, and nobody publishes to it.");
  return emptyNote("no data:", `${plain(count(live))} live, none of them watched yet: a relay names a broadcast from its first viewer on.`);
}

/** The age of a row is that of its oldest reading. */
function ageOfRow(readings: readonly ({ readonly atMs: number } | null)[], nowMs: number): unknown {
  const times = readings.flatMap((reading) => (reading === null ? [] : [reading.atMs]));
  return times.length === 0 ? noData : age(freshness(Math.min(...times), nowMs));
}

function transports(summary: Summary, state: ConsoleState, actions: Actions): TemplateResult {
  const { nowMs } = state;
  if (summary.transports.length === 0) {
    return section("transports-head", figures.transports, emptyNote("no data:", "no relay or player has reported a transport."));
  }
  return section(
    "transports-head",
    figures.transports,
    table<TransportSummary>({
      ...whole(state, actions, "transports"),
      label: figures.transports.label,
      rows: summary.transports,
      key: (row) => row.transport,
      columns: [
        { head: "Transport", cell: (row) => peerText(row.transport) },
        { head: "Viewers", numeric: true, cell: (row) => readingCell(row.viewers, count, nowMs) },
        { head: "Share", numeric: true, cell: (row) => share(row, summary) },
        { head: "Out", numeric: true, cell: (row) => readingCell(row.bitsOutPerSecond, bitRate, nowMs) },
        { head: "Connects", cell: (row) => connects(row.connections, summary.attempts !== null) },
        { head: "Startup mean · p95", numeric: true, cell: (row) => startup(row, nowMs) },
        { head: "Age", numeric: true, cell: (row) => ageOfRow([row.viewers, row.bitsOutPerSecond, row.startup], nowMs) },
      ],
    }),
  );
}

/** Which part of the viewers has this transport; nobody has no share of nobody. */
function share({ viewers }: TransportSummary, { transports: all }: Summary): TemplateResult {
  const total = all.reduce((sum, row) => sum + (row.viewers?.value ?? 0), 0);
  return viewers === null || total === 0 ? noData : html`<span class="num">${plain(percent(viewers.value / total))}</span>`;
}

function links(summary: Summary, state: ConsoleState, actions: Actions): TemplateResult {
  const options = { ...whole(state, actions, "links"), label: figures.links.label };
  return section("links-head", figures.links, linkTable(summary, state.nowMs, options));
}

function connects(connections: Readonly<Record<string, number>>, playersReport: boolean): TemplateResult {
  const results = Object.entries(connections);
  if (results.length === 0) return playersReport ? html`none` : noData;
  return html`${results.map(
    ([result, value], index) => html`${index === 0 ? nothing : ", "}<span data-bad=${result !== "ok" && value > 0 ? "warn" : nothing}
        >${plain(count(value))}\u00a0${peerText(result.replaceAll("_", " "))}</span
      >`,
  )}`;
}

function startup({ startup: spread }: TransportSummary, nowMs: number): TemplateResult {
  if (spread === null || spread.count === 0) return noData;
  const fresh = freshness(spread.atMs, nowMs);
  return html`<span class="num" data-fresh=${fresh.kind} title=${staleTitle(fresh)}
    >${plain(seconds(spread.sum / spread.count))} · ${plain(seconds(spread.p95))}</span
  >`;
}

function sources(summary: Summary, state: ConsoleState, actions: Actions): TemplateResult {
  if (summary.sources.length === 0) {
    return section("sources-head", figures.sources, emptyNote("no data:", "no process exports telemetry to this gateway."));
  }
  return section(
    "sources-head",
    figures.sources,
    table<SourceSummary>({
      ...whole(state, actions, "sources"),
      label: figures.sources.label,
      rows: summary.sources,
      key: (row) => `${row.service}\n${row.instance}`,
      columns: [
        { head: "Service", cell: (row) => peerText(row.service) },
        { head: "Instance", cell: (row) => peerText(row.instance) },
        { head: "Last report", numeric: true, cell: (row) => age(freshness(row.lastReportMs, state.nowMs)) },
      ],
    }),
  );
}
