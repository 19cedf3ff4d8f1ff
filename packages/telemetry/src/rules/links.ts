import type { MoqAlertGroup } from "./alerts/index.ts";
import type { AlertGroup } from "./rule.ts";

/** Where the pages stand that alerts link to. */
export interface AlertLinks {
  /** Folder of the runbooks, with or without its last `/`; default that of this repository. */
  readonly runbooks?: string;
  /** Address of Grafana; without it the annotation `dashboard` holds the uid alone. */
  readonly grafana?: string;
}
export const defaultRunbooks = "https://github.com/moqscope/moqscope/blob/main/docs/runbooks";

const base = (url: string): string => url.replace(/\/+$/, "");

/** Alerts with `runbook_url`, `dashboard` and, for Grafana's own alert list, `__dashboardUid__`. */
export function linked(groups: readonly MoqAlertGroup[], { runbooks = defaultRunbooks, grafana }: AlertLinks = {}): readonly AlertGroup[] {
  return groups.map(({ name, intervalSeconds, rules }) => ({
    name,
    intervalSeconds,
    rules: rules.map(({ severity: _severity, guard: _guard, runbook, dashboard, ...rule }) => ({
      ...rule,
      annotations: {
        ...rule.annotations,
        runbook_url: `${base(runbooks)}/${runbook}.md`,
        dashboard: grafana === undefined ? dashboard : `${base(grafana)}/d/${dashboard}`,
        __dashboardUid__: dashboard,
      },
    })),
  }));
}
