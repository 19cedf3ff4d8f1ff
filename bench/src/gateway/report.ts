import { type Kept, type Taken, taken } from "../figures.ts";
import type { Estimate } from "../statistics.ts";
import type { Http, Result } from "./run.ts";

export interface Figures extends Result, Taken {}

/** What is kept of `pnpm bench gateway`. */
export const gatewayFigures: Kept<Figures> = {
  name: "gateway",
  loadOf: ({ consoles }) => consoles,
  text: (all) => all.map((one) => `${toText(one)}\n${taken(one)}`).join("\n"),
};

/** The figures in Markdown, for the README and for people. */
export function toText({ consoles, perSecond, overReference, packedOverReference, memory, most, steady }: Result): string {
  const kib = memory.map(({ points, bytes }) =>
    row([`memory of a session of ${points} points`, `${(bytes / 1024).toFixed(2)} KiB`, aimOf(points, bytes)]),
  );
  return `${row(["what", "measured", "aim"])}
${row(["---", "---", "---"])}
${row(["reports/s per core, inflated bodies", whole(perSecond.ours), judged(perSecond.ours?.median, 15_000)])}
${row(["reports/s per core, gzip bodies", whole(perSecond.packed), judged(perSecond.packed?.median, 15_000)])}
${row(["reference: `JSON.parse` and a map of strings", whole(perSecond.reference), "–"])}
${row(["ours over the reference", ratio(overReference), "–"])}
${row(["ours with gzip over the reference", ratio(packedOverReference), "–"])}
${kib.join("\n")}
${http(`HTTP, ${consoles} console streaming, as fast as answered`, most, judged(most.perSecond, 5_000))}
${http("HTTP, the same at 3 333 requests/s", steady, steady.p99Ms === undefined ? "–" : `p99 < 50 ms: ${steady.p99Ms < 50 ? "met" : "**missed**"}`)}
`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
function http(what: string, { perSecond, refused, p50Ms, p99Ms, cpuShare, loopDelayP99Ms }: Http, aim: string): string {
  const times = `p50 ${(p50Ms ?? 0).toFixed(1)} ms, p99 ${(p99Ms ?? 0).toFixed(1)} ms`;
  const process = `${(100 * cpuShare).toFixed(0)} % of a core, event loop p99 ${loopDelayP99Ms.toFixed(1)} ms`;
  return row([what, `${Math.round(perSecond)} requests/s, ${times}, ${refused} refused; gateway ${process}`, aim]);
}
function whole(value: Estimate | undefined): string {
  return value === undefined ? "–" : `${Math.round(value.median)} (95 %: ${Math.round(value.low)} to ${Math.round(value.high)})`;
}
function ratio(value: Estimate | undefined): string {
  return value === undefined ? "–" : `${value.median.toFixed(2)} (95 %: ${value.low.toFixed(2)} to ${value.high.toFixed(2)})`;
}
function judged(value: number | undefined, aim: number): string {
  return value === undefined ? "–" : `≥ ${aim}: ${value >= aim ? "met" : "**missed**"}`;
}
function aimOf(points: number, bytes: number): string {
  return points === 100 ? `< 2 KiB: ${bytes < 2048 ? "met" : "**missed**"}` : "–";
}
