/** What a graph shows. Times are epoch milliseconds, rising; each line has one value per time, null is a gap. */
export interface ChartModel {
  readonly label: string;
  readonly timesMs: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly fromMs: number;
  readonly toMs: number;
  /** One value with its unit. */
  readonly format: (value: number) => string;
  /** A mark of the axis. */
  readonly mark: (value: number) => string;
  /** The axis reaches at least this high, so that noise around 0 is not blown up. */
  readonly leastTop: number;
}

export interface ChartLine {
  readonly label: string;
  readonly tone: "accent" | "plain";
  readonly values: readonly (number | null)[];
}

/** The part of a line that lies in the window. */
export function visible(model: ChartModel, line: ChartLine): number[] {
  return line.values.filter((value, index): value is number => {
    const atMs = model.timesMs[index] ?? 0;
    return value !== null && atMs >= model.fromMs && atMs <= model.toMs;
  });
}

/** The newest value of a line when it is still current, that is at most 5 s before the end of the window. */
export function newest(model: ChartModel, line: ChartLine): number | null {
  for (let index = line.values.length - 1; index >= 0 && (model.timesMs[index] ?? 0) >= model.toMs - 5_000; index -= 1) {
    const value = line.values[index];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** The graph in words, for who does not see it. */
export function inWords(model: ChartModel): string {
  const minutes = Math.round((model.toMs - model.fromMs) / 60_000);
  const parts = model.lines.map((line) => {
    const values = visible(model, line);
    if (values.length === 0) return `${line.label}: no data`;
    const now = newest(model, line);
    const range = `lowest ${model.format(Math.min(...values))}, highest ${model.format(Math.max(...values))}`;
    return `${line.label}: now ${now === null ? "no data" : model.format(now)}, ${range}`;
  });
  return `${model.label}, last ${minutes} minutes. ${parts.join(". ")}.`;
}
