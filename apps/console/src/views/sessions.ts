import type { SessionSummary } from "@moqscope/telemetry/query";
import { html, type TemplateResult } from "lit";
import { hashOf } from "../app/route.ts";
import type { Actions, ConsoleState } from "../app/state.ts";
import { valueOf } from "../data/poll.ts";
import { startupBadness } from "../figures/badness.ts";
import { freshness } from "../format/freshness.ts";
import { count, plain, seconds } from "../format/quantity.ts";
import { age, noData, pastAge, peerText } from "../ui/figure.ts";
import { emptyNote, table } from "../ui/table.ts";
import { polled } from "./polled.ts";

/** The players that reported lately, the newest first. */
export function sessionsView(state: ConsoleState, actions: Actions): TemplateResult {
  const answer = valueOf(state.sessions);
  return html`<section aria-labelledby="sessions-head">
    <header class="section-head">
      <h1 id="sessions-head">Sessions</h1>
      <p>${answer === null ? "" : `${plain(count(answer.sessions.length))} reported lately`}</p>
    </header>
    ${polled(state.sessions, ({ sessions }) =>
      sessions.length === 0
        ? emptyNote("no data:", "no player has reported lately. A player with a telemetry address appears here with its first report.")
        : list(sessions, state, actions),
    )}
  </section>`;
}

function list(sessions: readonly SessionSummary[], state: ConsoleState, actions: Actions): TemplateResult {
  return table<SessionSummary>({
    label: "Sessions",
    rows: [...sessions].sort((a, b) => b.firstSeenMs - a.firstSeenMs),
    key: (row) => row.sessionId,
    rowClass: "opens",
    limit: 50,
    all: state.wholeTables.has("sessions"),
    onAll: () => actions.showAll("sessions"),
    columns: [
      {
        head: "Session",
        cell: ({ sessionId }) =>
          html`<a class="row-link id" href=${hashOf({ view: "session", sessionId })}>${peerText(shortId(sessionId))}</a>`,
      },
      { head: "State", cell: (row) => stateText(row.state) },
      { head: "Transport", cell: (row) => transportText(row) },
      { head: "Round trip", numeric: true, cell: (row) => roundTrips(row) },
      { head: "Startup", numeric: true, cell: (row) => startupText(row.startupSeconds) },
      { head: "Stalls", numeric: true, cell: (row) => total(row, "moq.client.rebuffer_count", (value) => plain(count(value))) },
      { head: "Stalled", numeric: true, cell: (row) => total(row, "moq.client.rebuffer_time", (value) => plain(seconds(value))) },
      { head: "Played", numeric: true, cell: (row) => total(row, "moq.client.play_time", (value) => plain(seconds(value))) },
      { head: "Last report", numeric: true, cell: (row) => reportAge(row, state.nowMs) },
    ],
  });
}

/** How old a session's newest report is; one that ended is not expected to report. */
export function reportAge(session: SessionSummary, nowMs: number): unknown {
  const isOver = session.state === "ended" || session.state === "failed";
  return isOver ? pastAge(session.lastSeenMs, nowMs) : age(freshness(session.lastSeenMs, nowMs));
}

/** Long ids are cut in the list; the session's page shows them whole. */
export function shortId(sessionId: string): string {
  return sessionId.length > 18 ? `${sessionId.slice(0, 16)}…` : sessionId;
}

const badStates: Readonly<Record<string, "warn" | "bad">> = { rebuffering: "warn", failed: "bad" };

/** A state, coloured only when it is bad for the viewer. */
export function stateText(state: string): TemplateResult {
  return html`<span class="state" data-bad=${badStates[state] ?? "none"}>${state === "" ? noData : peerText(state)}</span>`;
}

/** A startup time, coloured only when it is slow. */
export function startupText(value: number | null): TemplateResult {
  return value === null
    ? noData
    : html`<span class="num" data-bad=${startupBadness(value)?.level ?? "none"}>${plain(seconds(value))}</span>`;
}

/** The transport that a session named last. */
export function transportText({ transport }: SessionSummary): TemplateResult {
  return transport === null ? noData : peerText(transport);
}

/** The mean round trip of a session by where it was measured. */
export function roundTrips({ rttSeconds }: SessionSummary): TemplateResult {
  const known = Object.entries(rttSeconds);
  if (known.length === 0) return noData;
  return html`${known.map(
    ([source, value], index) => html`${index === 0 ? "" : ", "}<span class="num">${plain(seconds(value))}</span> ${peerText(source)}`,
  )}`;
}

function total(row: SessionSummary, name: string, format: (value: number) => string): TemplateResult {
  const value = row.totals[name];
  return value === undefined ? noData : html`<span class="num">${format(value)}</span>`;
}
