import { nameLabel } from "../tsdb/labels.ts";
import { absent } from "../tsdb/sample.ts";
import type { Aggregate } from "./ast.ts";
import { type Column, emptyValues } from "./column.ts";
import { reducers } from "./reducers.ts";

/** Columns that are aggregated into one, with the labels of the result. */
export interface Group {
  readonly labels: Column["labels"];
  readonly members: Column[];
}

/** Groups columns by the labels that are kept, in the order of their first member. */
export function groupsOf({ without, grouping }: Pick<Aggregate, "without" | "grouping">, columns: readonly Column[]): Group[] {
  const dropped = [...grouping, nameLabel];
  const groups = new Map<string, Group>();
  for (const column of columns) {
    const labels = without ? column.labels.drop(dropped) : column.labels.keep(grouping);
    const group = groups.get(labels.key);
    if (group === undefined) groups.set(labels.key, { labels, members: [column] });
    else group.members.push(column);
  }
  return [...groups.values()];
}

/** Aggregations that give one number per group. `parameter` is the quantile's. */
export function aggregateColumns(expr: Aggregate, columns: readonly Column[], parameter: Float64Array | undefined): Column[] {
  const { op } = expr;
  if (op === "topk" || op === "bottomk") return [];
  const reduce = reducers[op];
  const here = new Float64Array(columns.length);
  return groupsOf(expr, columns).map(({ labels, members }) => {
    const steps = members[0]?.values.length ?? 0;
    const values = emptyValues(steps);
    for (let step = 0; step < steps; step++) {
      let count = 0;
      for (const member of members) {
        const value = member.values[step] ?? absent;
        if (value !== absent) here[count++] = value;
      }
      if (count > 0) values[step] = reduce(here.subarray(0, count), parameter?.[step] ?? Number.NaN);
    }
    return { labels, values };
  });
}
