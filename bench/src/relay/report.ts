import type { RelayName } from "../quic/messages.ts";
import { type Estimate, estimate, quantile, seededRandom } from "../statistics.ts";
import { quantileWithin, sum } from "./buckets.ts";
import { idleSessions, type MemoryRow, payloadBytesPerSecond } from "./memory.ts";
import { bitsPerSecond, contentFor, frameBytes, type Measured, type Measurement, relays } from "./run.ts";

/** Milliseconds; `own` are the bounds of the bucket in which the relay's own metric has it. */
export interface ForwardTime {
  readonly outsideMs: number;
  readonly own: readonly [lowMs: number, highMs: number | null] | undefined;
}
export interface Row {
  readonly relay: RelayName;
  readonly cpuSecondsPerGb: number | undefined;
  readonly cpuShare: number | undefined;
  readonly p50: ForwardTime | undefined;
  readonly p99: ForwardTime | undefined;
  readonly joinMs: number | undefined;
  readonly delivered: number | undefined;
}
export interface Result {
  readonly subscribers: number;
  readonly framesPerSecond: number;
  readonly rows: readonly Row[];
  /** CPU per GB of ours over that of moq-relay, round by round. */
  readonly webSocketOverMoqRelay: Estimate | undefined;
  readonly quicOverMoqRelay: Estimate | undefined;
}
export const names: Readonly<Record<RelayName, string>> = {
  websocket: "ours, WebSocket",
  "moq-relay-websocket": "moq-relay 0.17.10, WebSocket",
  quic: "ours, QUIC",
  "moq-relay": "moq-relay 0.17.10, QUIC",
};

/** Medians of each relay over its turns, forward times over all its frames, and the ratios with their 95 % interval. */
export function summarize(subscribers: number, { measurements, joins }: Measured, seed: number): Result {
  const random = seededRandom(seed);
  return {
    subscribers,
    framesPerSecond: contentFor(subscribers).framesPerSecond,
    rows: relays.map((relay) => row(relay, measurements, joins.get(relay) ?? [])),
    webSocketOverMoqRelay: estimate(ratios(measurements, "websocket", "moq-relay-websocket"), random),
    quicOverMoqRelay: estimate(ratios(measurements, "quic", "moq-relay"), random),
  };
}
function row(relay: RelayName, all: readonly Measurement[], joinedMs: readonly number[]): Row {
  const mine = all.filter((one) => one.relay === relay);
  const median = (pick: (one: Measurement) => number | undefined): number | undefined =>
    quantile(
      mine.map(pick).filter((value) => value !== undefined),
      0.5,
    );
  return {
    relay,
    cpuSecondsPerGb: median((one) => one.cpuSecondsPerGb),
    cpuShare: median((one) => one.cpuShare),
    p50: forwardTime(mine, 0.5),
    p99: forwardTime(mine, 0.99),
    joinMs: quantile(joinedMs, 0.5),
    delivered: median((one) => one.delivered),
  };
}
function forwardTime(mine: readonly Measurement[], share: number): ForwardTime | undefined {
  const outsideMs = quantile(
    mine.flatMap(({ forwardMs }) => forwardMs),
    share,
  );
  if (outsideMs === undefined) return undefined;
  const own = sum(mine.flatMap((one) => one.own ?? []));
  const [lowMs, highMs] = own ? quantileWithin(own, share) : [];
  return { outsideMs, own: lowMs === undefined || highMs === undefined ? undefined : [lowMs, Number.isFinite(highMs) ? highMs : null] };
}
function ratios(all: readonly Measurement[], ours: RelayName, theirs: RelayName): number[] {
  const of = (relay: RelayName): Map<number, number | undefined> =>
    new Map(all.filter((one) => one.relay === relay).map((one) => [one.round, one.cpuSecondsPerGb]));
  const others = of(theirs);
  return [...of(ours)].flatMap(([round, mine]) => {
    const other = others.get(round);
    return mine !== undefined && other !== undefined ? [mine / other] : [];
  });
}

/** What the way to the reader may add to what the relay itself sees: two passages through the kernel and a process that wakes up. */
const outsideAddsMs = 0.5;
/** Whether the relay's own figure and the one measured outside can both be true. */
export function agrees({ outsideMs, own }: ForwardTime): boolean | undefined {
  if (!own) return undefined;
  const [lowMs, highMs] = own;
  return outsideMs >= lowMs && (highMs === null || outsideMs <= highMs + outsideAddsMs);
}

/** A table in Markdown, for the README and for people. */
export function toText(result: Result): string {
  const lines = result.rows.map((r) => [
    names[r.relay],
    fixed(r.cpuSecondsPerGb),
    r.cpuShare === undefined ? "none" : `${r.cpuShare.toFixed(0)} %`,
    fixed(r.p50?.outsideMs),
    fixed(r.p99?.outsideMs),
    ownText(r.p50),
    ownText(r.p99),
    r.joinMs === undefined ? "none" : r.joinMs.toFixed(1),
    r.delivered === undefined ? "none" : `${(100 * r.delivered).toFixed(1)} %`,
  ]);
  const heads = ["relay", "CPU s/GB", "of a core", "forward p50 ms", "p99 ms", "own metric: p50", "p99", "join ms", "delivered"];
  const { framesPerSecond, subscribers } = result;
  const rate = framesPerSecond * frameBytes * 8;
  const offered = rate >= 0.99 * bitsPerSecond ? "" : ` (${(rate / 1e6).toFixed(2)} Mbit/s each: more does not fit this machine)`;
  return `### ${subscribers} ${subscribers === 1 ? "viewer" : "viewers"}, ${framesPerSecond} frames of ${frameBytes} bytes per second${offered}

${table(heads, lines)}

CPU per GB, ours over moq-relay: ${interval(result.webSocketOverMoqRelay)} over WebSocket, ${interval(result.quicOverMoqRelay)} over QUIC
`;
}
export function memoryText(rows: readonly MemoryRow[]): string {
  const lines = rows.map(({ relay, idleSession, cachedSecond }) => [
    names[relay],
    kB(idleSession.resident),
    kB(idleSession.heap),
    kB(cachedSecond.resident),
    kB(cachedSecond.heap),
  ]);
  const heads = ["relay", "idle session: resident kB", "heap kB", "cached second: resident kB", "heap kB"];
  return `${table(heads, lines)}

Of ${idleSessions} sessions; a second of the stream is ${payloadBytesPerSecond / 1000} kB of payload.
`;
}
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
function ownText(time: ForwardTime | undefined): string {
  if (!time?.own) return "–";
  const [lowMs, highMs] = time.own;
  return `${highMs === null ? `above ${round(lowMs)}` : `${round(lowMs)} to ${round(highMs)}`}: ${agrees(time) ? "agrees" : "**does not agree**"}`;
}
function round(ms: number): string {
  return String(Number(ms.toFixed(3)));
}
function kB(bytes: number | undefined): string {
  return bytes === undefined ? "–" : (bytes / 1000).toFixed(1);
}
function fixed(value: number | undefined): string {
  return value === undefined ? "none" : value.toFixed(2);
}
export function interval(ratio: Estimate | undefined): string {
  if (!ratio) return "nothing to compare";
  return `${ratio.median.toFixed(2)} (95 %: ${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`;
}
