import { readdirSync, readFileSync } from "node:fs";
import { alertRules, recordingRules, stackAlertRules } from "@moqscope/telemetry/rules";

/** An expression of ours and where it stands. */
export interface NamedExpression {
  readonly name: string;
  readonly expr: string;
}

const boards = new URL("../../../../infra/grafana/dashboards/", import.meta.url);
interface BoardJson {
  readonly uid: string;
  readonly panels: readonly {
    readonly title?: string;
    readonly targets?: readonly { readonly expr?: string; readonly datasource?: { readonly type: string } }[];
  }[];
}

/** Every query of every dashboard, as Grafana sends it with every variable at All. */
function panels(): NamedExpression[] {
  return readdirSync(boards).flatMap((file) => {
    const { uid, panels: all } = JSON.parse(readFileSync(new URL(file, boards), "utf8")) as BoardJson;
    return all.flatMap(({ title = "", targets = [] }) =>
      targets
        .filter(({ datasource }) => datasource?.type === "prometheus")
        .map(({ expr = "" }, at) => ({ name: `${uid}: ${title} #${at + 1}`, expr: concrete(expr) })),
    );
  });
}
function concrete(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll(/=~"\$\w+"/g, '=~".*"');
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
  ...panels(),
]);
