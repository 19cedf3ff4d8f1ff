/**
 * A query of a Grafana panel with its variables (`$__rate_interval`, `${window}`) replaced by a duration of the same length, so that
 * positions stay. Variables inside strings stay as they are.
 */
export function withoutVariables(query: string): string {
  return query.replace(
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|\$(?:\{\w+(?::\w+)?\}|\w+)/g,
    (found: string, string: string | undefined) => string ?? "1m".padEnd(found.length),
  );
}
