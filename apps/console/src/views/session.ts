import type { SessionSummary } from "@moqscope/telemetry/query";
import { html, nothing, type TemplateResult } from "lit";
import { hashOf } from "../app/route.ts";
import type { ConsoleState } from "../app/state.ts";
import { valueOf } from "../data/poll.ts";
import type { SessionDetail, Startup } from "../data/session-detail.ts";
import { unitOf } from "../figures/registry.ts";
import { inUnit, plain, seconds } from "../format/quantity.ts";
import { moment } from "../format/time.ts";
import { noData, peerText } from "../ui/figure.ts";
import { emptyNote } from "../ui/table.ts";
import { logList } from "./events.ts";
import { polled } from "./polled.ts";
import { reportAge, roundTrips, startupText, stateText, transportText } from "./sessions.ts";

/** One session: how it started, what it counted, what it said. */
export function sessionView(state: ConsoleState, sessionId: string): TemplateResult {
  const answer = valueOf(state.sessions);
  const session = answer?.sessions.find((one) => one.sessionId === sessionId);
  return html`<p class="back"><a href=${hashOf({ view: "sessions" })}>← Sessions</a></p>
    <section aria-labelledby="session-head">
      <header class="section-head"><h1 id="session-head">Session <span class="id">${peerText(sessionId)}</span></h1></header>
      ${
        session === undefined
          ? answer === null
            ? nothing
            : emptyNote("no data:", "this session has not reported lately; what it sent before may still be below.")
          : facts(session, state.nowMs)
      }
    </section>
    ${polled(state.session, (detail) => startupsAndLog(detail, state.nowMs))} ${session === undefined ? nothing : totals(session)}`;
}

function facts(session: SessionSummary, nowMs: number): TemplateResult {
  return html`<dl class="facts">
    <div><dt>State</dt><dd>${stateText(session.state)}</dd></div>
    <div><dt>Startup</dt><dd>${startupText(session.startupSeconds)}</dd></div>
    <div><dt>Transport</dt><dd>${transportText(session)}</dd></div>
    <div><dt>Round trip</dt><dd>${roundTrips(session)}</dd></div>
    <div><dt>Service</dt><dd>${peerText(session.service)}</dd></div>
    <div><dt>First report</dt><dd class="num">${moment(session.firstSeenMs, nowMs)}</dd></div>
    <div><dt>Last report</dt><dd>${reportAge(session, nowMs)}</dd></div>
  </dl>`;
}

function startupsAndLog({ startups, logs }: SessionDetail, nowMs: number): TemplateResult {
  return html`<section aria-labelledby="startup-head">
      <header class="section-head"><h2 id="startup-head">Startup</h2></header>
      ${
        startups.length === 0
          ? emptyNote("no data:", "no startup spans of this session have arrived.")
          : startups.map((startup) => waterfall(startup, nowMs))
      }
    </section>
    <section aria-labelledby="log-head">
      <header class="section-head"><h2 id="log-head">Log</h2></header>
      ${logs.length === 0 ? emptyNote("no data:", "no log records of this session have arrived.") : logList(logs, nowMs, true)}
    </section>`;
}

/** The phases of one attempt as bars over a common time; SVG, because its lengths are attributes and need no inline style. */
function waterfall(startup: Startup, nowMs: number): TemplateResult {
  const whole = Math.max(startup.lengthMs, 0.001);
  return html`<div class="waterfall">
    <p class="waterfall-head">
      <b class="num">${plain(seconds(startup.lengthMs / 1000))}</b> from ${moment(startup.startMs, nowMs)} · trace
      <span class="id">${peerText(startup.traceId)}</span>
      ${startup.error === null ? nothing : html`<span data-bad="bad">failed: ${peerText(startup.error)}</span>`}
    </p>
    <table role="table" aria-label="Startup phases">
      <thead role="rowgroup" class="visually-hidden">
        <tr role="row"><th role="columnheader" scope="col">Phase</th><th role="columnheader" scope="col">Duration</th><th role="columnheader" scope="col">Position</th></tr>
      </thead>
      <tbody role="rowgroup">
        ${startup.bars.map(
          (bar) => html`<tr role="row">
            <th role="rowheader" scope="row">${bar.phase.replace("_", " ")}</th>
            <td role="cell" class="end num">${plain(seconds(bar.lengthMs / 1000))}</td>
            <td role="cell" class="phase-bar">
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class=${bar.span.error === null ? "length" : "length failed"} x=${(100 * bar.offsetMs) / whole} y="1" height="8"
                  width=${Math.max(0.4, (100 * bar.lengthMs) / whole)}></rect>
              </svg>
            </td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function totals(session: SessionSummary): TemplateResult {
  const entries = Object.entries(session.totals).sort(([a], [b]) => a.localeCompare(b));
  return html`<section aria-labelledby="totals-head">
    <header class="section-head"><h2 id="totals-head">Totals</h2><p>as the player reported them</p></header>
    ${
      entries.length === 0
        ? emptyNote("no data:", "the session has reported no metric yet.")
        : html`<dl class="totals">
          ${entries.map(
            ([name, value]) =>
              html`<div><dt><code>${peerText(name)}</code></dt><dd class="num">${Number.isFinite(value) ? plain(inUnit(value, unitOf(name))) : noData}</dd></div>`,
          )}
        </dl>`
    }
  </section>`;
}
