import type { Reading } from "@moqscope/telemetry/query";
import { html, nothing, type TemplateResult } from "lit";
import type { Badness } from "../figures/badness.ts";
import type { Figure } from "../figures/figures.ts";
import { ageText, type Freshness, freshness } from "../format/freshness.ts";
import { plain, type Quantity } from "../format/quantity.ts";
import "./hint.ts";

/** The words that stand where there is nothing to show. */
export const noData: TemplateResult = html`<span class="none">no data</span>`;

/** Digits large, unit small. */
export function digits(quantity: Quantity): TemplateResult {
  return html`<span class="digits">${quantity.digits}</span>${quantity.unit === "" ? nothing : html`<span class="unit">\u00a0${quantity.unit}</span>`}`;
}

/** The age of a figure: quiet while fresh, in words when stale. */
export function age(fresh: Freshness): TemplateResult | typeof nothing {
  switch (fresh.kind) {
    case "none":
      return nothing;
    case "stale":
      return html`<span class="age" data-fresh="stale"><span class="stale-word">stale</span> ${ageText(fresh.ageMs)}</span>`;
    case "fresh":
    case "late":
      return html`<span class="age" data-fresh=${fresh.kind}>${ageText(fresh.ageMs)}</span>`;
  }
}

/** The age of what is over and will report no more: not stale, just old. */
export function pastAge(atMs: number, nowMs: number): TemplateResult {
  return html`<span class="age">${ageText(Math.max(0, nowMs - atMs))}</span>`;
}

export interface TileOptions {
  readonly figure: Figure;
  /** Null is no data. */
  readonly value: TemplateResult | null;
  readonly atMs: number | null;
  readonly nowMs: number;
  readonly badness?: Badness;
  readonly note?: TemplateResult | string;
}

/** One figure of the overview: what it is, its value, how new it is, and whether it is bad. */
export function tile(options: TileOptions): TemplateResult {
  const fresh: Freshness = options.value === null ? { kind: "none" } : freshness(options.atMs, options.nowMs);
  const badness = options.value === null ? null : (options.badness ?? null);
  return html`<div class="tile" data-fresh=${fresh.kind} data-bad=${badness?.level ?? nothing}>
    <dt><span>${options.figure.label}</span><console-hint .figure=${options.figure}></console-hint></dt>
    <dd class="value">${options.value ?? noData}</dd>
    <dd class="foot">
      <span class="note">${badness === null ? (options.note ?? nothing) : html`<span class="why">${badness.why}</span>`}</span>
      ${age(fresh)}
    </dd>
  </div>`;
}

/** What a stale number says when it is pointed at; its row says the age in words. */
export function staleTitle(fresh: Freshness): string | typeof nothing {
  return fresh.kind === "stale" ? `stale: ${ageText(fresh.ageMs)} old` : nothing;
}

/** A reading in a table: absent in words, underlined when stale. */
export function readingCell(reading: Reading | null, format: (value: number) => Quantity, nowMs: number): TemplateResult {
  if (reading === null) return noData;
  const fresh = freshness(reading.atMs, nowMs);
  return html`<span class="num" data-fresh=${fresh.kind} title=${staleTitle(fresh)}>${plain(format(reading.value))}</span>`;
}

/** Longer text of a peer is cut; the whole is in the tooltip. */
const peerLimit = 160;

/** Text that a peer chose: text only, and in its own direction so that it cannot turn its surroundings around. */
export function peerText(text: string, limit: number = peerLimit): TemplateResult {
  return text.length > limit ? html`<bdi class="peer" title=${text}>${text.slice(0, limit)}…</bdi>` : html`<bdi class="peer">${text}</bdi>`;
}

/** `key=value` pairs of a series, span or record, as text. */
export function attributePairs(attributes: Readonly<Record<string, string>>): TemplateResult | typeof nothing {
  const pairs = Object.entries(attributes);
  if (pairs.length === 0) return nothing;
  return html`<span class="pairs"
    >${pairs.map(([key, value]) => html`<span class="pair"><span class="key">${peerText(key)}</span>=${peerText(value)}</span> `)}</span
  >`;
}
