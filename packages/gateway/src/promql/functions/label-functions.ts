import { anchored } from "../../tsdb/matcher.ts";
import { type Column, joinSame } from "../column.ts";
import { QueryError } from "../query-error.ts";

/** `label_replace(v, target, replacement, source, pattern)`. Throws QueryError `execution`. */
export function labelReplace(
  columns: readonly Column[],
  [target = "", replacement = "", source = "", pattern = ""]: readonly string[],
): Column[] {
  const expression = compile(pattern);
  checkLabel(target, "destination label name in label_replace()");
  return joinSame(
    columns.map((column) => {
      const match = expression.exec(column.labels.get(source));
      return match === null ? column : { ...column, labels: column.labels.with(target, expand(replacement, match)) };
    }),
  );
}

/** `label_join(v, target, separator, sources…)`. Throws QueryError `execution`. */
export function labelJoin(columns: readonly Column[], [target = "", separator = "", ...sources]: readonly string[]): Column[] {
  checkLabel(target, "destination label name in label_join()");
  for (const source of sources) checkLabel(source, "source label name in label_join()");
  return joinSame(
    columns.map((column) => {
      const value = sources.map((source) => column.labels.get(source)).join(separator);
      return { ...column, labels: column.labels.with(target, value) };
    }),
  );
}

function compile(pattern: string): RegExp {
  try {
    return anchored(pattern);
  } catch (cause) {
    throw new QueryError("execution", `invalid regular expression in label_replace(): ${pattern}`, { cause });
  }
}

function checkLabel(name: string, what: string): void {
  if (name === "") throw new QueryError("execution", `invalid ${what}: ${name}`);
}

/** `$1`, `${1}`, `$name` and `$$` as Go's regexp.Expand reads them: the longest name, and nothing for a group that is not there. */
function expand(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar?: string, braced?: string, bare?: string) => {
    if (dollar !== undefined) return "$";
    const name = braced ?? bare ?? "";
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? "";
  });
}
