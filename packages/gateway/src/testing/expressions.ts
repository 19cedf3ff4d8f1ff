import { alertRules, recordingRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { boardQueries, concrete } from "../../../../infra/src/queries/board-queries.ts";

/** An expression of ours and where it stands. */
export interface NamedExpression {
  readonly name: string;
  readonly expr: string;
}

/** One of those that say the same. */
function distinct(all: readonly NamedExpression[]): NamedExpression[] {
  return [...new Map(all.toReversed().map((one) => [one.expr, one])).values()].toReversed();
}

/** An expression with every threshold as a question: 0 or 1 instead of nothing where it is not passed. */
export function withoutThresholds(expr: string): string {
  return expr.replaceAll(/ (>|<|>=|==) (?=[\d.])/g, " $1 bool ");
}

/** Every expression of every rule and alert, and those of panels: what the embedded store must evaluate. */
export const expressions: readonly NamedExpression[] = distinct([
  ...recordingRules.flatMap(({ rules }) => rules.map(({ record, expr }) => ({ name: record, expr }))),
  ...[...alertRules(), ...stackAlertRules()].flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ name: alert, expr }))),
  ...boardQueries()
    .filter(({ asks }) => asks === "prometheus")
    .map(({ name, expr }) => ({ name, expr: concrete(expr) })),
]);
