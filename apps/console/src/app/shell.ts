import { html, nothing, type TemplateResult } from "lit";
import type { LinkState } from "../data/summary-stream.ts";
import { ageText } from "../format/freshness.ts";
import { eventsView } from "../views/events.ts";
import { metricsView } from "../views/metrics.ts";
import { nowView } from "../views/now.ts";
import { sessionView } from "../views/session.ts";
import { sessionsView } from "../views/sessions.ts";
import { hashOf, home, type Route } from "./route.ts";
import type { Actions, ConsoleState } from "./state.ts";

const views: readonly { readonly label: string; readonly route: Route; readonly also?: Route["view"] }[] = [
  { label: "Now", route: home },
  { label: "Sessions", route: { view: "sessions" }, also: "session" },
  { label: "Events", route: { view: "events", level: "all", text: "" } },
  { label: "Metrics", route: { view: "metrics", text: "" } },
];

/** The frame around every view: what this is, where one is, how the console stands with the gateway. */
export function shell(state: ConsoleState, actions: Actions): TemplateResult {
  return html`<a class="skip" href="#main" @click=${focusMain}>Skip to the content</a>
    <header class="bar">
      <span class="brand"><img src="favicon.svg" alt="" width="20" height="20" />moqscope</span>
      <nav aria-label="Views">
        ${views.map(({ label, route, also }) => {
          const current = state.route.view === route.view || state.route.view === also;
          return html`<a href=${hashOf(route)} aria-current=${current ? "page" : nothing}>${label}</a>`;
        })}
      </nav>
      <span class="link" data-link=${state.link.kind}>${linkWord(state.link)}</span>
      <button type="button" class="theme" @click=${actions.toggleTheme} >theme: ${state.theme}</button>
    </header>
    <div class="notice" data-link=${state.link.kind}>
      <div role="status">${lost(state.link)}</div>
      ${state.link.kind === "lost" ? waiting(state.link, state.monotonicMs, actions) : nothing}
    </div>
    <main id="main" tabindex="-1" data-link=${state.link.kind}>${view(state, actions)}</main>`;
}

function view(state: ConsoleState, actions: Actions): TemplateResult {
  switch (state.route.view) {
    case "now":
      return nowView(state, actions);
    case "sessions":
      return sessionsView(state, actions);
    case "session":
      return sessionView(state, state.route.sessionId);
    case "events":
      return eventsView(state, actions);
    case "metrics":
      return metricsView(state, actions);
  }
}

function linkWord(link: LinkState): string {
  switch (link.kind) {
    case "connecting":
      return "connecting";
    case "live":
      return "live";
    case "lost":
      return "lost";
  }
}

/** Said once by a screen reader: the words do not change while the connection stays lost. */
function lost(link: LinkState): TemplateResult | typeof nothing {
  if (link.kind !== "lost") return nothing;
  return html`<p>
    <strong>Connection to the gateway lost:</strong> ${link.reason}. What is shown is the last that was received.
  </p>`;
}

function waiting(link: LinkState & { kind: "lost" }, nowMs: number, actions: Actions): TemplateResult {
  const retryInMs = Math.max(0, link.retryAtMs - nowMs);
  return html`<p>Lost for ${ageText(Math.max(0, nowMs - link.sinceMs))}, next attempt in ${Math.ceil(retryInMs / 1000)}\u00a0s. <button type="button" @click=${actions.retry}>Try now</button>
  </p>`;
}

function focusMain(event: Event): void {
  // The hash is the route: the link must not change it.
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}
