/** Queries that may find nothing in a minute of a healthy system with two viewers, and why; a part of the query tells it. */
const reasons: readonly (readonly [part: string, why: string])[] = [["node_", "node_exporter is not started by this test"]];

/** Why a query may find nothing, or undefined where it must find something. */
export function emptyBecause(expr: string): string | undefined {
  return reasons.find(([part]) => expr.includes(part))?.[1];
}
