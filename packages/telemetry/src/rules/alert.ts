import type { Vector } from "./expression.ts";
import type { AlertingRule } from "./rule.ts";

/** Boards that alerts lead to, by their uid. */
export const dashboards = [
  "moq-overview",
  "moq-pipeline",
  "moq-broadcast",
  "moq-viewers",
  "moq-network",
  "moq-fleet",
  "moq-slo",
  "moq-session",
  "moq-gateway",
  "moq-host",
] as const;
export type Dashboard = (typeof dashboards)[number];
/** page: people at once. ticket: in working hours. info: nobody is sent for. */
export type Severity = "page" | "ticket" | "info";
export type Service = "moq-player" | "moq-publisher" | "moq-relay" | "moq-gateway" | "monitoring";

interface AlertBase<L extends string> {
  readonly alert: `Moq${string}`;
  readonly when: Vector<L>;
  /** What keeps it quiet where little happens; for the table of docs/alerts.md. */
  readonly guard: string;
  readonly forSeconds: number;
  readonly keepFiringForSeconds?: number;
  readonly severity: Severity;
  readonly service: Service;
  /** One line with the value. */
  readonly summary: string;
  /** What it means and where to look first. */
  readonly description: string;
  readonly dashboard: Dashboard;
  /** Title of the panel there that shows it. */
  readonly panel: string;
  /** Page in docs/runbooks without its ending; default the name in kebab-case. */
  readonly runbook?: string;
}
/** An alert as it is written down: of an objective, or of a symptom. */
export type AlertSpec<L extends string> = AlertBase<L> & ({ readonly slo: string } | { readonly symptom: string });

/** An alert of ours: what any program needs, and what the docs tell of it. Its links are relative until `linked`. */
export interface MoqAlert extends AlertingRule {
  readonly severity: Severity;
  readonly guard: string;
  readonly runbook: string;
  readonly dashboard: Dashboard;
  readonly panel: string;
}

/** MoqStartupSlow → moq-startup-slow. */
export function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
}

/** An alert from what is written down of it. */
export function alert<L extends string>(spec: AlertSpec<L>): MoqAlert {
  const { severity, service, guard, dashboard, panel, forSeconds, keepFiringForSeconds } = spec;
  const runbook = spec.runbook ?? kebab(spec.alert);
  return {
    alert: spec.alert,
    expr: spec.when.text,
    forSeconds,
    ...(keepFiringForSeconds === undefined ? {} : { keepFiringForSeconds }),
    labels: { severity, service, ...("slo" in spec ? { slo: spec.slo } : { symptom: spec.symptom }) },
    annotations: { summary: spec.summary, description: spec.description },
    severity,
    guard,
    runbook,
    dashboard,
    panel,
  };
}
