import { html, nothing, type TemplateResult } from "lit";
import type { Polled } from "../data/poll.ts";
import { emptyNote } from "../ui/table.ts";

/** Shows an answer, the wait for it, or why there is none; the last good answer stays visible under a failure. */
export function polled<T>(state: Polled<T>, show: (value: T) => TemplateResult): TemplateResult {
  switch (state.kind) {
    case "loading":
      return html`<p class="empty-note">Asking the gateway…</p>`;
    case "ok":
      return show(state.value);
    case "failed":
      return html`<p class="problem">${state.message}. ${state.value === null ? nothing : "Shown is the last answer."}</p>
        ${state.value === null ? emptyNote("no data:", "the gateway has not answered.") : show(state.value)}`;
  }
}
