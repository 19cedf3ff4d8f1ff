import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";

/** A filter by text; what is typed goes into the address. */
export function searchBox(label: string, text: string, onText: (text: string) => void): TemplateResult {
  return html`<input
    type="search"
    class="search"
    aria-label=${label}
    placeholder=${label}
    autocomplete="off"
    spellcheck="false"
    .value=${live(text)}
    @input=${(event: Event) => onText((event.target as HTMLInputElement).value)}
  />`;
}
