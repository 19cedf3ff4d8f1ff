import type { Estimate } from "../statistics.ts";
import type { Entrant } from "./messages.ts";
import type { Ratio, Result } from "./summary.ts";

const names: Record<Entrant, string> = { ours: "ours", raw: "raw ws", net: "@moq/net 0.3.4", nobody: "nobody served" };
const heads = ["process", "CPU s/GB", "p50 ms", "p99 ms", "loop delay p99 ms", "delivered"];

/** The figures of one load in Markdown, for the README and for people. */
export function toText(result: Result): string {
  const lines = result.rows.map((r) => [
    names[r.entrant],
    fixed(r.cpuSecondsPerGb),
    fixed(r.p50Ms),
    fixed(r.p99Ms),
    fixed(r.loopDelayP99Ms),
    r.delivered === undefined || r.entrant === "nobody" ? "–" : `${(100 * r.delivered).toFixed(1)} %`,
  ]);
  return `### ${people(result)}, ${result.framesPerSecond} frames of 4 KiB per second each

${table(heads, lines)}

CPU per GB, ours over raw ws: ${both(result.oursOverRaw)}. @moq/net over ours: ${both(result.netOverOurs)}.
`;
}

/** What of it was to be reached, by the CPU of whole processes: each aim beside what was measured. */
export function aims(results: readonly Result[]): string {
  return table(
    ["subscribers", "ours over raw ws: aim ≤ 1.3", "@moq/net over ours: aim ≥ 3", "loop delay p99: aim < 20 ms"],
    results.map((result) => {
      const delay = result.rows.find(({ entrant }) => entrant === "ours")?.loopDelayP99Ms;
      return [
        String(result.subscribers),
        judged(result.oursOverRaw.whole, (value) => value <= 1.3),
        judged(result.netOverOurs.whole, (value) => value >= 3),
        delay === undefined ? "none" : `${delay.toFixed(1)} ms: ${delay < 20 ? "met" : "**missed**"}`,
      ];
    }),
  );
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
function people({ subscribers }: Result): string {
  return subscribers === 1 ? "1 subscriber" : `${subscribers} subscribers`;
}
function fixed(value: number | undefined): string {
  return value === undefined ? "–" : value.toFixed(2);
}
function both({ whole, serving }: Ratio): string {
  return `${interval(whole)} of the whole processes, ${interval(serving)} for serving`;
}
function interval(ratio: Estimate | undefined): string {
  if (!ratio) return "nothing to compare";
  return `${ratio.median.toFixed(2)} (95 %: ${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`;
}
/** Met beyond doubt when the whole interval is. */
function judged(ratio: Estimate | undefined, reached: (value: number) => boolean): string {
  if (!ratio) return "none";
  const ends = reached(ratio.low) && reached(ratio.high);
  const verdict = reached(ratio.median) ? (ends ? "met" : "met in the median, not beyond doubt") : "**missed**";
  return `${interval(ratio)}: ${verdict}`;
}
