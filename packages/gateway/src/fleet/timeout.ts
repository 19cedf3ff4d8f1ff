import type { FleetSeries } from "./fleet-series.ts";
import type { SessionView } from "./session-view.ts";
import type { Viewer } from "./viewer.ts";
import { type FleetMetric, slotOf, type Vocabulary } from "./vocabulary.ts";

/** A stall shorter than this is none (metrics catalogue, section 3). */
const confirmedSeconds = 0.1;

/** What a player that went silent can no longer say itself: that it ended, and how long the stall was in which it was last seen. */
export function writeTimeout(
  session: SessionView,
  parts: { readonly vocabulary: Vocabulary; readonly series: FleetSeries; readonly viewer: Viewer },
  nowMs: number,
): void {
  const { vocabulary, series, viewer } = parts;
  const put = (name: string, labels: Readonly<Record<string, string>>, value?: number): void => {
    const metric = vocabulary.metric(name);
    if (metric === undefined) return;
    const { place } = vocabulary.placed(metric, new Map(Object.entries(labels)));
    const cell = series.at(metric, slotOf(place, viewer), nowMs);
    if (cell !== undefined) series.add(cell, value === undefined ? Float64Array.of(1) : observation(metric, value), 0);
  };
  if (session.service !== "moq-player" || session.isEnded) return;
  put("moq.client.sessions_ended", { reason: "timeout", transport: session.transport });
  if (session.state !== "rebuffering") return;
  const open = openStall(session);
  if (open !== undefined) put("moq.client.rebuffer_duration", { cause: open.cause, transport: session.transport }, open.seconds);
}

/**
 * Stalled time accrues in `rebuffer_time` while a stall lasts, and goes into `rebuffer_duration` when it ends: the difference is the stall
 * that is still open.
 */
function openStall({ points }: SessionView): { readonly cause: string; readonly seconds: number } | undefined {
  const open = new Map<string, number>();
  const add = (cause: string, seconds: number): void => void open.set(cause, (open.get(cause) ?? 0) + seconds);
  for (const { place, total, sum } of points) {
    const cause = place.labels["cause"] ?? "unknown";
    if (place.metric.name === "moq.client.rebuffer_time") add(cause, total);
    else if (place.metric.name === "moq.client.rebuffer_duration") add(cause, -sum);
  }
  const [longest] = [...open].toSorted(([, a], [, b]) => b - a);
  return longest === undefined || longest[1] < confirmedSeconds ? undefined : { cause: longest[0], seconds: longest[1] };
}

function observation({ width, bounds = [] }: FleetMetric, value: number): Float64Array {
  const row = new Float64Array(width);
  const bucket = bounds.findIndex((bound) => value <= bound);
  row[0] = 1;
  row[1] = value;
  row[2 + (bucket < 0 ? bounds.length : bucket)] = 1;
  return row;
}
