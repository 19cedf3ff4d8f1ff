import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

export interface Column<T> {
  readonly head: string;
  readonly numeric?: boolean;
  readonly cell: (row: T) => unknown;
}

export interface TableOptions<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly key: (row: T) => string;
  readonly rowClass?: string;
  /** Rows shown before the rest is asked for. */
  readonly limit: number;
  readonly all: boolean;
  readonly onAll: () => void;
}

/**
 * A table that becomes a list of cards on a narrow screen. The roles are spelled out because a browser forgets them when the
 * cards take the table's display away.
 */
export function table<T>(options: TableOptions<T>): TemplateResult {
  const shown = options.all ? options.rows : options.rows.slice(0, options.limit);
  const hidden = options.rows.length - shown.length;
  return html`<table role="table" aria-label=${options.label}>
      <thead role="rowgroup">
        <tr role="row">
          ${options.columns.map(({ head, numeric }) => html`<th role="columnheader" scope="col" class=${numeric === true ? "end" : nothing}>${head}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(shown, options.key, (row) => line(options, row))}
      </tbody>
    </table>
    ${hidden === 0 ? nothing : html`<button type="button" class="more" @click=${options.onAll}>Show ${hidden} more</button>`}`;
}

function line<T>(options: TableOptions<T>, row: T): TemplateResult {
  return html`<tr role="row" class=${options.rowClass ?? nothing}>
    ${options.columns.map(({ head, numeric, cell }, index) =>
      index === 0
        ? html`<th role="rowheader" scope="row" class="first">${cell(row)}</th>`
        : html`<td role="cell" class=${numeric === true ? "end" : nothing} data-label=${head}>${cell(row)}</td>`,
    )}
  </tr>`;
}

/** What stands in place of a table without rows: the words first, then which part is silent. */
export function emptyNote(words: string, explanation: string): TemplateResult {
  return html`<p class="empty-note"><strong>${words}</strong> <span>${explanation}</span></p>`;
}
