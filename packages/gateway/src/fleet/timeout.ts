import type { FleetSeries } from "./fleet-series.ts";
import { rowWidth } from "./point.ts";
import type { Session } from "./session.ts";
import type { FleetMetric, Vocabulary } from "./vocabulary.ts";
import { placeOf } from "./vocabulary.ts";

/** A stall shorter than this is none (metrics catalogue, section 3). */
const confirmedSeconds = 0.1;

/** What a session that went silent can no longer say itself: that it ended, and how long the stall was in which it was last seen. */
export function writeTimeout(
  session: Session,
  { vocabulary, series }: { vocabulary: Vocabulary; series: FleetSeries },
  nowMs: number,
): void {
  const put = (name: string, labels: Readonly<Record<string, string>>, value?: number): void => {
    const metric = vocabulary.metric(name);
    if (metric === undefined) return;
    const { slot } = placeOf(metric, new Map(Object.entries(labels)), session.labels);
    if (series.ensure(metric, slot, nowMs)) series.merge(slot, value === undefined ? Float64Array.of(1) : observation(metric, value));
  };
  if (session.service !== "moq-player") return;
  put("moq.client.sessions_ended", { reason: "timeout", transport: session.transport });
  if (session.state !== "rebuffering") return;
  const open = openStall(session);
  if (open !== undefined) put("moq.client.rebuffer_duration", { cause: open.cause, transport: session.transport }, open.seconds);
}

/**
 * Stalled time accrues in `rebuffer_time` while a stall lasts, and goes into `rebuffer_duration` when it ends: the difference is the stall
 * that is still open.
 */
function openStall(session: Session): { readonly cause: string; readonly seconds: number } | undefined {
  const open = new Map<string, number>();
  const add = (cause: string, seconds: number): void => void open.set(cause, (open.get(cause) ?? 0) + seconds);
  for (const { metric, slot, row, carriedCount, carriedSum } of session.points.values()) {
    if (metric.name === "moq.client.rebuffer_time") add(causeOf(metric, slot), (row[0] ?? 0) + carriedCount);
    else if (metric.name === "moq.client.rebuffer_duration") add(causeOf(metric, slot), -(row[1] ?? 0) - carriedSum);
  }
  const [longest] = [...open].toSorted(([, a], [, b]) => b - a);
  return longest === undefined || longest[1] < confirmedSeconds ? undefined : { cause: longest[0], seconds: longest[1] };
}

function causeOf(metric: FleetMetric, slot: number): string {
  const key = metric.keys.find(({ name }) => name === "cause");
  if (key === undefined) return "unknown";
  return key.values[Math.floor((slot - metric.firstSlot) / key.stride) % key.values.length] ?? "unknown";
}

function observation(metric: FleetMetric, value: number): Float64Array {
  const row = new Float64Array(rowWidth(metric));
  const bounds = metric.bounds ?? [];
  const bucket = bounds.findIndex((bound) => value <= bound);
  row[0] = 1;
  row[1] = value;
  row[2 + (bucket < 0 ? bounds.length : bucket)] = 1;
  return row;
}
