import type { AlertingRule } from "@moqscope/telemetry/rules";

/** A query that has a value in health too, and when that value is bad. */
export interface Condition {
  readonly expr: string;
  readonly fires: "gt" | "lt";
  readonly bound: number;
}

/** Alerts of what must be there, and how each is asked so that it has a value in health: then no data means that nobody could be asked. */
const questions: Readonly<Record<string, (expr: string) => Condition | undefined>> = {
  MoqRelaySilent: silent,
  MoqGatewaySilent: silent,
  // The series is there in health; how many there are is never below one, so that only its absence is told, as no data.
  MoqTelemetryAbsent: (expr) => {
    const [, series] = /^absent\((.+)\)$/.exec(expr) ?? [];
    return series === undefined ? undefined : { expr: `count(${series})`, fires: "lt", bound: 1 };
  },
  MoqTargetDown: (expr) => (expr.endsWith(" == 0") ? { expr: expr.slice(0, -" == 0".length), fires: "lt", bound: 1 } : undefined),
  MoqWatchdog: (expr) => ({ expr, fires: "gt", bound: 0 }),
};

/** How an alert of availability is asked; undefined for any other. Throws RangeError where its expression has another form than expected. */
export function availability({ alert, expr }: AlertingRule): Condition | undefined {
  const question = questions[alert];
  if (question === undefined) return undefined;
  const condition = question(expr);
  if (condition === undefined) throw new RangeError(`${alert} has a form that Grafana's conversion does not know: ${expr}`);
  return condition;
}

/** `seen unless heard`: what was seen and is not heard has its value, what is heard has -1. */
function silent(expr: string): Condition | undefined {
  const [seen, heard, ...more] = expr.split(" unless ");
  if (seen === undefined || heard === undefined || more.length > 0) return undefined;
  return { expr: `(${expr}) or (0 * ${heard} - 1)`, fires: "gt", bound: -1 };
}
