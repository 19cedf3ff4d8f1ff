import type { BroadcastSummary, SourceSummary, Summary, TransportSummary } from "@moqscope/telemetry/query";
import { presentMs } from "../store/series.ts";
import { Figures, type FiguresView, isClient, isNoRelay, type Match, rateWindow } from "./figures.ts";
import { links } from "./links.ts";

/** What the summary needs beside the store: the gateway's own knowledge of sessions. */
export interface SummaryView extends FiguresView {
  readonly sessions: Readonly<Record<string, number>>;
  /** When a player reported last, if one did within the window. */
  readonly playersAtMs: number | undefined;
}
/** The two kinds of a player's events that the summary sums over. */
const outcomes = ["started", "failed", "exited"];

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
    links: links(figures),
    sources: sources(view),
  };
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

function sources({ store, nowMs }: SummaryView): SourceSummary[] {
  return [...store.sources()]
    .filter(({ lastMs, isKept }) => isKept || nowMs - lastMs <= presentMs)
    .map(({ service, instance, lastMs }) => ({ service, instance, lastReportMs: lastMs }))
    .toSorted((a, b) => a.service.localeCompare(b.service) || a.instance.localeCompare(b.instance));
}
