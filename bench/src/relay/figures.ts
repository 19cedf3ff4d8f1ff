import { type Kept, type Taken, taken } from "../figures.ts";
import type { Estimate } from "../statistics.ts";
import type { MemoryRow } from "./memory.ts";
import { interval, memoryText, type Result, table, toText } from "./report.ts";

export interface Figures extends Result, Taken {}
export interface MemoryFigures extends Taken {
  readonly rows: readonly MemoryRow[];
}

/** The aims of the relay (issue and README): milliseconds at so many viewers, CPU per GB over moq-relay's, bytes. */
const mostForwardMs = 1;
const forwardAtViewers = 100;
const mostOverMoqRelay = 1;
const mostIdleBytes = 40_000;

/** What is kept of the loads of `pnpm bench relay`. */
export const relayFigures: Kept<Figures> = {
  name: "relay",
  loadOf: ({ subscribers }) => subscribers,
  text(all) {
    const lines = all.map((one) => [
      String(one.subscribers),
      ratioJudged(one.webSocketOverMoqRelay),
      one.subscribers === forwardAtViewers ? forwardJudged(one) : "–",
    ]);
    const heads = [
      "viewers",
      `CPU per GB over moq-relay's, WebSocket: aim ≤ ${mostOverMoqRelay}`,
      `forward p99: aim < ${mostForwardMs} ms`,
    ];
    return `${all.map((one) => `${toText(one)}\n${taken(one)}`).join("\n")}
### Relay against the aims

${table(heads, lines)}
`;
  },
};

/** What is kept of its memory. */
export const relayMemoryFigures: Kept<MemoryFigures> = {
  name: "relay memory",
  loadOf: () => 0,
  text(all) {
    return all
      .map((one) => {
        const ours = one.rows.find(({ relay }) => relay === "websocket");
        return `${memoryText(one.rows)}\nAn idle WebSocket session of ours, aim < ${mostIdleBytes / 1000} kB: ${idleJudged(ours)}\n\n${taken(one)}`;
      })
      .join("\n");
  },
};

/** Met beyond doubt only where the whole interval meets it. */
function ratioJudged(ratio: Estimate | undefined): string {
  if (!ratio) return "nothing to compare";
  const word =
    ratio.high <= mostOverMoqRelay ? "met" : ratio.median <= mostOverMoqRelay ? "met in the median, not beyond doubt" : "**missed**";
  return `${interval(ratio)}: ${word}`;
}
function forwardJudged({ rows }: Result): string {
  const p99 = rows.find(({ relay }) => relay === "websocket")?.p99;
  return p99 ? `${p99.outsideMs.toFixed(2)} ms: ${p99.outsideMs < mostForwardMs ? "met" : "**missed**"}` : "none";
}
/** By what the objects of a session take; what the process grows in the system is beside it: pages that are partly used, and what C++ holds. */
function idleJudged(row: MemoryRow | undefined): string {
  const heap = row?.idleSession.heap;
  if (!row || heap === undefined) return "none";
  const word = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB ${bytes < mostIdleBytes ? "(met)" : "(**missed**)"}`;
  return `${word(heap)} of heap and what it holds outside, ${word(row.idleSession.resident)} resident`;
}
