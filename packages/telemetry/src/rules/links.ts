import type { MoqAlertGroup } from "./alerts/index.ts";
import type { AlertGroup } from "./rule.ts";

/** Where the pages stand that alerts link to. */
export interface AlertLinks {
  /** Folder of the runbooks, with or without its last `/`; default that of this repository. */
  readonly runbooks?: string;
  /** Address of Grafana; without it the annotation `dashboard` holds the uid alone. */
  readonly grafana?: string;
  /** Numbers of the panels of each board by uid and title, for `__panelId__`; without them an alert leads to its board alone. */
  readonly panels?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
export const defaultRunbooks = "https://github.com/moqscope/moqscope/blob/main/docs/runbooks";

const base = (url: string): string => url.replace(/\/+$/, "");

/**
 * Alerts with `runbook_url`, `dashboard` and, for Grafana's own alert list, `__dashboardUid__` and `__panelId__`. Throws RangeError for an
 * alert whose panel is not among those given.
 */
export function linked(
  groups: readonly MoqAlertGroup[],
  { runbooks = defaultRunbooks, grafana, panels }: AlertLinks = {},
): readonly AlertGroup[] {
  return groups.map(({ name, intervalSeconds, rules }) => ({
    name,
    intervalSeconds,
    rules: rules.map(({ severity: _severity, guard: _guard, runbook, dashboard, panel, ...rule }) => ({
      ...rule,
      annotations: {
        ...rule.annotations,
        runbook_url: `${base(runbooks)}/${runbook}.md`,
        dashboard: grafana === undefined ? dashboard : `${base(grafana)}/d/${dashboard}`,
        __dashboardUid__: dashboard,
        ...(panels === undefined ? {} : { __panelId__: panelId(panels, dashboard, panel) }),
      },
    })),
  }));
}

function panelId(panels: NonNullable<AlertLinks["panels"]>, dashboard: string, panel: string): string {
  const id = panels[dashboard]?.[panel];
  if (id === undefined) throw new RangeError(`board ${dashboard} has no panel "${panel}" for an alert to lead to`);
  return String(id);
}
