import type { LinkSummary, Summary } from "@moqscope/telemetry/query";
import { html, type TemplateResult } from "lit";
import { freshness } from "../format/freshness.ts";
import { count, percent, plain, seconds } from "../format/quantity.ts";
import { age, noData, peerText, staleTitle } from "../ui/figure.ts";
import { emptyNote, type TableOptions, table } from "../ui/table.ts";

/** The links by who measured them, transport and source. */
export function linkTable(
  { links }: Summary,
  nowMs: number,
  options: Pick<TableOptions<LinkSummary>, "label" | "limit" | "all" | "onAll">,
): TemplateResult {
  if (links.length === 0) return emptyNote("no data:", "neither a relay nor a player has measured a link in the window.");
  return table<LinkSummary>({
    ...options,
    rows: links,
    key: (row) => `${row.measuredBy}\n${row.transport}\n${row.source}`,
    columns: [
      { head: "Link", cell: (row) => peerText(row.transport) },
      { head: "Measured by", cell: (row) => html`${peerText(row.measuredBy)}, ${peerText(row.source)}` },
      { head: "Round trip p50 · p95", numeric: true, cell: (row) => roundTrip(row, nowMs) },
      { head: "Lost", numeric: true, cell: (row) => lost(row, nowMs) },
      { head: "Age", numeric: true, cell: (row) => ageOf(row, nowMs) },
    ],
  });
}

function roundTrip({ rtt }: LinkSummary, nowMs: number): TemplateResult {
  if (rtt === null || rtt.count === 0) return noData;
  const fresh = freshness(rtt.atMs, nowMs);
  return html`<span class="num" data-fresh=${fresh.kind} title=${staleTitle(fresh)}>${plain(seconds(rtt.p50))} · ${plain(seconds(rtt.p95))}</span>`;
}

function lost({ loss }: LinkSummary, nowMs: number): TemplateResult {
  if (loss === null || loss.ratio === null) return noData;
  const fresh = freshness(loss.atMs, nowMs);
  const title = `${plain(count(loss.lost))} of ${plain(count(loss.sent))} packets`;
  return html`<span class="num" data-fresh=${fresh.kind} title=${title}>${plain(percent(loss.ratio))}</span>`;
}

/** The age of a row is that of its oldest figure. */
function ageOf({ rtt, loss }: LinkSummary, nowMs: number): unknown {
  const times = [rtt, loss].flatMap((figure) => (figure === null ? [] : [figure.atMs]));
  return times.length === 0 ? noData : age(freshness(Math.min(...times), nowMs));
}
