/** One page of several: the series of a metric stand together below its HELP and TYPE, as the text form of Prometheus has it. */
export function mergeMetrics(pages: readonly string[]): string {
  const series = new Map<string, string[]>();
  for (const page of pages) {
    let head: string[] = [];
    let lines: string[] | undefined;
    for (const line of page.split("\n")) {
      if (line === "") continue;
      if (line.startsWith("#")) {
        if (lines) [head, lines] = [[], undefined];
        head.push(line);
        continue;
      }
      lines ??= linesOf(series, head.join("\n"));
      lines.push(line);
    }
    if (!lines && head.length > 0) linesOf(series, head.join("\n"));
  }
  return [...series].map(([head, lines]) => `${[head, ...lines].join("\n")}\n`).join("");
}

function linesOf(series: Map<string, string[]>, head: string): string[] {
  const known = series.get(head);
  if (known) return known;
  const lines: string[] = [];
  series.set(head, lines);
  return lines;
}
