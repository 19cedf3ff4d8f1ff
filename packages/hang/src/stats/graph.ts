import { historySeconds } from "./history.ts";

export const graphSize = { width: 120, height: 34 } as const;

/** A line through the last minute, as the `d` of an SVG path; where nothing was known it has gaps. */
export function linePath(values: readonly (number | undefined)[], most: number): string {
  const { width, height } = graphSize;
  const step = width / (historySeconds - 1);
  const first = historySeconds - values.length;
  let path = "";
  let isOpen = false;
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      isOpen = false;
      continue;
    }
    const x = (first + index) * step;
    const y = height - 1 - (Math.min(value, most) / most) * (height - 2);
    path += `${isOpen ? "L" : "M"}${round(x)} ${round(y)}`;
    // a single known second is a dot
    if (!isOpen) path += `h0.01`;
    isOpen = true;
  }
  return path;
}
/** Bars over the seconds that this is true of. */
export function barPath(marks: readonly boolean[]): string {
  const { width, height } = graphSize;
  const step = width / (historySeconds - 1);
  const first = historySeconds - marks.length;
  return marks
    .map((isMarked, index) => (isMarked ? `M${round((first + index - 0.5) * step)} 0h${round(step)}v${height}h${round(-step)}z` : ""))
    .join("");
}
/** The top of a graph: 1, 2 or 5 times a power of ten, above all that is shown. */
export function niceTop(values: readonly (number | undefined)[]): number {
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 5, 10].find((times) => times * power >= highest) ?? 10) * power;
}
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
