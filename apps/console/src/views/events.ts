import type { LogRecord } from "@moqscope/telemetry/query";
import { html, nothing, type TemplateResult } from "lit";
import { hashOf, levelFilters } from "../app/route.ts";
import type { Actions, ConsoleState } from "../app/state.ts";
import { count, plain } from "../format/quantity.ts";
import { moment } from "../format/time.ts";
import { attributePairs, peerText } from "../ui/figure.ts";
import { emptyNote } from "../ui/table.ts";
import { filterLogs, severityOf } from "./log-filter.ts";
import { polled } from "./polled.ts";
import { searchBox } from "./search-box.ts";

/** Log records of every process that sends them here, newest first. */
export function eventsView(state: ConsoleState, actions: Actions): TemplateResult {
  const route = state.route.view === "events" ? state.route : { view: "events" as const, level: "all" as const, text: "" };
  return html`<section aria-labelledby="events-head">
    <header class="section-head">
      <h1 id="events-head">Events</h1>
      <div class="choice" role="group" aria-label="Least severe level shown">
        ${levelFilters.map(
          (level) =>
            html`<button type="button" aria-pressed=${level === route.level} @click=${() => actions.go({ ...route, level }, true)}>${level}</button>`,
        )}
      </div>
      ${searchBox("Filter events", route.text, (text) => actions.go({ ...route, text }, true))}
    </header>
    ${polled(state.logs, ({ logs }) => {
      if (logs.length === 0) return emptyNote("no data:", "no process has sent a log record to this gateway.");
      const found = filterLogs(logs, route.level, route.text);
      if (found.length === 0) return emptyNote("Nothing matches.", `${plain(count(logs.length))} records are hidden by the filter.`);
      const all = state.wholeTables.has("events");
      const shown = all ? found : found.slice(0, 150);
      return html`${logList(shown, state.nowMs)}
      ${
        shown.length === found.length
          ? nothing
          : html`<button type="button" class="more" @click=${() => actions.showAll("events")}>Show ${found.length - shown.length} more</button>`
      }`;
    })}
  </section>`;
}

/** Log records as a list: when and how severe, what happened, where, and every attribute as text. */
export function logList(logs: readonly LogRecord[], nowMs: number, withinSession = false): TemplateResult {
  return html`<ol class="logs">
    ${logs.map(
      (record) => html`<li data-level=${levelClass(record.level)}>
        <time class="num">${moment(record.atMs, nowMs)}</time>
        <span class="level">${peerText(record.level)}</span>
        <div class="what">
          <p>${record.event === "" ? nothing : html`<code>${peerText(record.event)}</code> `}${peerText(record.body, 2_000)}</p>
          <p class="where">${peerText(record.service)} <span class="id">${peerText(record.instance)}</span> ${withinSession ? nothing : sessionLink(record)}${attributePairs(beyondBody(record))}</p>
        </div>
      </li>`,
    )}
  </ol>`;
}

/** What the attributes add to the sentence: one that repeats it is left out. */
function beyondBody({ attributes, body }: LogRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).filter(([key, value]) => key !== "message" || value !== body));
}

function levelClass(level: string): "error" | "warn" | "info" | "debug" {
  const severity = severityOf(level);
  if (severity >= 4) return "error";
  if (severity === 3) return "warn";
  return severity === 2 ? "info" : "debug";
}

function sessionLink(record: LogRecord): TemplateResult | typeof nothing {
  const sessionId = record.attributes["session.id"];
  return sessionId === undefined || sessionId === "" ? nothing : html`<a href=${hashOf({ view: "session", sessionId })}>open session</a> `;
}
