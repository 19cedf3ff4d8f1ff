import type { Distribution, Reading, Summary } from "@moqscope/telemetry/query";
import { html, type TemplateResult } from "lit";
import { bufferBadness, joinBadness, stallRatioBadness, startupBadness } from "../figures/badness.ts";
import { figures } from "../figures/figures.ts";
import { bitRate, count, percent, plain, type Quantity, seconds } from "../format/quantity.ts";
import { digits, peerText, tile } from "../ui/figure.ts";

/** The twelve figures of the overview, in three rows: what flows, how it starts, how it plays. */
export function tiles(summary: Summary | null, nowMs: number): TemplateResult {
  return html`<dl class="tiles">
    ${reading(summary?.liveBroadcasts, count, nowMs, "liveBroadcasts")} ${reading(summary?.viewers, count, nowMs, "viewers")}
    ${reading(summary?.bitsInPerSecond, bitRate, nowMs, "bitsIn")} ${reading(summary?.bitsOutPerSecond, bitRate, nowMs, "bitsOut")}
    ${startup(summary?.startup, nowMs)} ${joins(summary, nowMs)} ${players(summary, nowMs)} ${buffer(summary?.buffer, nowMs)}
    ${stalls(summary, nowMs)}
  </dl>`;
}

type ReadingFigure = "liveBroadcasts" | "viewers" | "bitsIn" | "bitsOut";

function reading(
  value: Reading | null | undefined,
  format: (value: number) => Quantity,
  nowMs: number,
  key: ReadingFigure,
): TemplateResult {
  const known = value ?? null;
  return tile({ figure: figures[key], nowMs, value: known === null ? null : digits(format(known.value)), atMs: known?.atMs ?? null });
}

/** A distribution of nothing is no data: there is no quantile of no samples. */
const filled = (spread: Distribution | null | undefined): Distribution | null => (spread?.count ? spread : null);

const samples = (amount: number, one: string, many: string): string => `${plain(count(amount))} ${amount === 1 ? one : many}`;

function startup(spread: Distribution | null | undefined, nowMs: number): TemplateResult {
  const known = filled(spread);
  const one = (figure: typeof figures.startupMean | typeof figures.startupSlow, value: number | undefined): TemplateResult =>
    tile({
      figure,
      nowMs,
      value: value === undefined ? null : digits(seconds(value)),
      atMs: known?.atMs ?? null,
      badness: value === undefined ? null : startupBadness(value),
      note: known === null ? "" : samples(known.count, "start", "starts"),
    });
  return html`${one(figures.startupMean, known === null ? undefined : known.sum / known.count)} ${one(figures.startupSlow, known?.p95)}`;
}

const outcomes = ["started", "failed", "exited"];

/** `counts` in a fixed order first, then whatever else was reported. */
function inOrder(counts: Readonly<Record<string, number>>, order: readonly string[]): (readonly [string, number])[] {
  const others = Object.keys(counts).filter((key) => !order.includes(key));
  return [...order, ...others].flatMap((key) => (counts[key] === undefined ? [] : [[key, counts[key]] as const]));
}

function joins(summary: Summary | null, nowMs: number): TemplateResult {
  const attempts = summary?.attempts ?? null;
  const badness = attempts === null ? null : joinBadness(attempts);
  const [first, ...others] = attempts === null ? [] : inOrder(attempts, outcomes);
  return tile({
    figure: figures.attempts,
    nowMs,
    value: first === undefined ? null : html`${digits(count(first[1]))}<span class="unit"> ${peerText(first[0])}</span>`,
    atMs: summary?.nowMs ?? null,
    note: html`${others.map(
      (
        [outcome, value],
        index,
      ) => html`${index === 0 ? "" : " · "}<span data-bad=${outcome === "failed" && badness !== null ? badness.level : "none"}
          >${plain(count(value))}\u00a0${peerText(outcome)}</span
        >`,
    )}`,
  });
}

const states = ["playing", "rebuffering", "starting", "waiting", "paused", "seeking", "ended", "failed"];

function players(summary: Summary | null, nowMs: number): TemplateResult {
  const counts = inOrder(summary?.sessions ?? {}, states);
  const total = counts.reduce((sum, [, value]) => sum + value, 0);
  return tile({
    figure: figures.players,
    nowMs,
    // Without a report of any player, an empty list is no data; with one, nobody is left.
    value: counts.length === 0 && (summary?.attempts ?? null) === null ? null : digits(count(total)),
    atMs: summary?.nowMs ?? null,
    note: html`${counts
      .filter(([, value]) => value > 0)
      .map(([state, value], index) => html`${index === 0 ? "" : " · "}${plain(count(value))}\u00a0${peerText(state)}`)}`,
  });
}

function buffer(spread: Distribution | null | undefined, nowMs: number): TemplateResult {
  const known = filled(spread);
  return tile({
    figure: figures.buffer,
    nowMs,
    value: known === null ? null : digits(seconds(known.p50)),
    atMs: known?.atMs ?? null,
    badness: known === null ? null : bufferBadness(known.p50),
    note: known === null ? "" : `95 % below ${plain(seconds(known.p95))}`,
  });
}

function stalls(summary: Summary | null, nowMs: number): TemplateResult {
  const known = summary?.stalls ?? null;
  const atMs = known?.atMs ?? null;
  const ratio = known?.ratio ?? null;
  return html`${tile({ figure: figures.stallCount, nowMs, atMs, value: known === null ? null : digits(count(known.count)) })}
  ${tile({ figure: figures.stallSeconds, nowMs, atMs, value: known === null ? null : digits(seconds(known.seconds)) })}
  ${tile({
    figure: figures.stallRatio,
    nowMs,
    atMs,
    value: ratio === null ? null : digits(percent(ratio)),
    badness: ratio === null ? null : stallRatioBadness(ratio),
  })}`;
}
