import type { BroadcastSummary, Distribution, Reading, SourceSummary, Summary, TransportSummary } from "@moqscope/telemetry/query";
import type { StoredSeries } from "../store/series.ts";
import type { Store } from "../store/store.ts";
import { distribution, increase, rate } from "./window.ts";

/** What the summary needs beside the store: the gateway's own knowledge of sessions. */
export interface SummaryView {
  readonly store: Store;
  readonly nowMs: number;
  readonly windowMs: number;
  /** The interval that players and relays are asked to report at. */
  readonly reportIntervalMs: number;
  readonly sessions: Readonly<Record<string, number>>;
  /** When a player reported last, if one did within the window. */
  readonly playersAtMs: number | undefined;
}
type Labels = Readonly<Record<string, string>>;
type Match = (attributes: Labels) => boolean;

const anything: Match = () => true;
const isClient: Match = ({ peer }) => peer === "client";
const isNoRelay: Match = ({ peer }) => peer !== "relay";
/** The two kinds of a player's events that the summary sums over. */
const outcomes = ["started", "failed", "exited"];
const minRateWindowMs = 10_000;

/** What is live now. A figure without data is `null`, never 0. */
export function summarize(view: SummaryView): Summary {
  const { nowMs, windowMs, sessions } = view;
  const rateWindowMs = rateWindow(view);
  const figures = new Figures(view);
  return {
    nowMs,
    windowMs,
    rateWindowMs,
    liveBroadcasts: figures.now("moq.relay.active_streams", ({ origin }) => origin === "local"),
    viewers: figures.now("moq.relay.active_subscribers", isClient),
    bitsInPerSecond: figures.bits("moq.relay.bytes_received", isNoRelay),
    bitsOutPerSecond: figures.bits("moq.relay.bytes_sent", isClient),
    sessions,
    attempts: view.playersAtMs === undefined ? null : attempts(figures),
    startup: figures.spread("moq.client.startup_time"),
    buffer: figures.spread("moq.client.buffer_length", ({ media }) => media === "video") ?? figures.spread("moq.client.buffer_length"),
    stalls: stalls(view, figures),
    broadcasts: broadcasts(figures),
    transports: transports(figures),
    sources: sources(view.store),
  };
}

/** Rates look back at least four reports, so that a late one does not read as silence (pitfalls 16), and no further than the window. */
function rateWindow({ windowMs, reportIntervalMs }: SummaryView): number {
  return Math.min(windowMs, Math.max(minRateWindowMs, 4 * reportIntervalMs));
}

/** Figures over the windows of one summary. */
class Figures {
  readonly #view: SummaryView;
  readonly #fromMs: number;
  readonly #ratesFromMs: number;

  constructor(view: SummaryView) {
    this.#view = view;
    this.#fromMs = view.nowMs - view.windowMs;
    this.#ratesFromMs = view.nowMs - rateWindow(view);
  }

  *select(name: string, matches: Match): Generator<StoredSeries> {
    for (const series of this.#view.store.named(name)) if (matches(series.shape.attributes)) yield series;
  }

  /** Sum of the newest values of a gauge or up-down counter, over the sources that still report. */
  now(name: string, matches: Match): Reading | null {
    let value: number | undefined;
    let atMs = 0;
    for (const series of this.select(name, matches)) {
      if (!series.isKnown(this.#view.nowMs)) continue;
      value = (value ?? 0) + series.newest();
      atMs = Math.max(atMs, series.lastMs);
    }
    return value === undefined ? null : { value, atMs };
  }

  /** Bits per second of byte counters, over the sources that still report. */
  bits(name: string, matches: Match): Reading | null {
    let value: number | undefined;
    let atMs = 0;
    for (const series of this.select(name, matches)) {
      const bytes = series.source.isLive(this.#view.nowMs) ? rate(series, this.#ratesFromMs) : undefined;
      if (bytes === undefined) continue;
      value = (value ?? 0) + bytes * 8;
      atMs = Math.max(atMs, series.lastMs);
    }
    return value === undefined ? null : { value, atMs };
  }

  /** What counters counted in the window, by one of their labels. */
  counts(name: string, label: string, matches: Match = anything): Map<string, number> {
    const counts = new Map<string, number>();
    for (const series of this.select(name, matches)) {
      const grown = increase(series, this.#fromMs);
      const key = series.shape.attributes[label] ?? "";
      if (grown > 0) counts.set(key, (counts.get(key) ?? 0) + grown);
    }
    return counts;
  }

  total(name: string): number {
    let total = 0;
    for (const series of this.select(name, anything)) total += increase(series, this.#fromMs);
    return total;
  }

  spread(name: string, matches: Match = anything): Distribution | null {
    return distribution(this.select(name, matches), this.#fromMs) ?? null;
  }

  /** Values of a label that has any series in the window. */
  labels(names: readonly string[], label: string): string[] {
    const values = new Set<string>();
    for (const name of names) {
      for (const series of this.#view.store.named(name)) {
        const value = series.shape.attributes[label];
        if (value !== undefined && series.lastMs >= this.#fromMs) values.add(value);
      }
    }
    return [...values].toSorted();
  }
}

function attempts(figures: Figures): Record<string, number> {
  const counts = figures.counts("moq.client.play_attempts", "outcome");
  return Object.fromEntries(outcomes.map((outcome) => [outcome, counts.get(outcome) ?? 0]));
}

function stalls({ playersAtMs }: SummaryView, figures: Figures): Summary["stalls"] {
  if (playersAtMs === undefined) return null;
  const seconds = figures.total("moq.client.rebuffer_time");
  const busySeconds = seconds + figures.total("moq.client.play_time");
  return {
    count: figures.total("moq.client.rebuffer_count"),
    seconds,
    ratio: busySeconds > 0 ? seconds / busySeconds : null,
    atMs: playersAtMs,
  };
}

function broadcasts(figures: Figures): BroadcastSummary[] {
  const names = ["moq.relay.broadcast.subscribers", "moq.relay.broadcast.bytes_received", "moq.relay.broadcast.bytes_sent"];
  return figures.labels(names, "broadcast").map((broadcast) => {
    const isThis: Match = (labels) => labels["broadcast"] === broadcast;
    return {
      broadcast,
      viewers: figures.now("moq.relay.broadcast.subscribers", isThis),
      bitsInPerSecond: figures.bits("moq.relay.broadcast.bytes_received", isThis),
      bitsOutPerSecond: figures.bits("moq.relay.broadcast.bytes_sent", isThis),
    };
  });
}

function transports(figures: Figures): TransportSummary[] {
  const summaries: TransportSummary[] = [];
  for (const transport of figures.labels(["moq.relay.active_subscribers", "moq.relay.bytes_sent", "moq.client.connections"], "transport")) {
    const isThis: Match = (labels) => labels["transport"] === transport;
    const isViewer: Match = (labels) => isThis(labels) && isClient(labels);
    const summary = {
      transport,
      viewers: figures.now("moq.relay.active_subscribers", isViewer),
      bitsOutPerSecond: figures.bits("moq.relay.bytes_sent", isViewer),
      connections: Object.fromEntries(figures.counts("moq.client.connections", "result", isThis)),
      startup: figures.spread("moq.client.startup_time", isThis),
    };
    const { viewers, bitsOutPerSecond, connections, startup } = summary;
    if (viewers !== null || bitsOutPerSecond !== null || startup !== null || Object.keys(connections).length > 0) summaries.push(summary);
  }
  return summaries;
}

function sources(store: Store): SourceSummary[] {
  return [...store.sources()]
    .map(({ service, instance, lastMs }) => ({ service, instance, lastReportMs: lastMs }))
    .toSorted((a, b) => a.service.localeCompare(b.service) || a.instance.localeCompare(b.instance));
}
