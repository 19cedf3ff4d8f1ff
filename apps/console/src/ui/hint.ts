import { html, nothing, render } from "lit";
import type { Figure } from "../figures/figures.ts";

let made = 0;

/** A `?` that says in one sentence what a figure is and which metric is behind it: by pointer, touch or keyboard. */
class ConsoleHint extends HTMLElement {
  #figure: Figure | undefined;
  readonly #id = `hint-${(made += 1)}`;

  set figure(figure: Figure) {
    if (figure === this.#figure) return;
    this.#figure = figure;
    render(
      html`<button type="button" class="hint" aria-label="What is ${figure.label}?" popovertarget=${this.#id}>?</button>
        <div class="hint-text" id=${this.#id} popover role="note">
          <p>${figure.explanation}</p>
          ${figure.metrics.length === 0 ? nothing : html`<p class="metrics">${figure.metrics.map((name) => html`<code>${name}</code> `)}</p>`}
        </div>`,
      this,
    );
    const [button, text] = [this.querySelector("button"), this.querySelector<HTMLElement>("[popover]")];
    if (button === null || text === null) return;
    text.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState === "open") place(text, button);
    });
  }
}

/** Below the button, inside the window. The window scrolls; an open hint does not follow it and is closed by the next click. */
function place(text: HTMLElement, button: HTMLElement): void {
  const anchor = button.getBoundingClientRect();
  const box = text.getBoundingClientRect();
  const left = Math.max(8, Math.min(anchor.left - 12, innerWidth - box.width - 8));
  const below = anchor.bottom + 6;
  const top = below + box.height > innerHeight - 8 ? Math.max(8, anchor.top - box.height - 6) : below;
  text.style.left = `${left}px`;
  text.style.top = `${top}px`;
}

customElements.define("console-hint", ConsoleHint);
