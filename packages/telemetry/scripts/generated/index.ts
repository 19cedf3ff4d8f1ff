import { alertsPage, runbookIndex, runbookPages } from "./alert-pages.ts";
import { allowList } from "./allow-list.ts";
import { audienceFilter, audienceIdentity, serviceFilter } from "./collector.ts";
import { metricsPage } from "./metrics-page.ts";
import { prometheusNames } from "./prometheus-names.ts";
import { weaverFiles } from "./weaver.ts";

/** A file that comes from the registry, by path from the top of the repository. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

export function generatedFiles(): readonly GeneratedFile[] {
  return [
    { path: "docs/metrics.md", text: metricsPage() },
    { path: "docs/alerts.md", text: alertsPage() },
    { path: "docs/runbooks/README.md", text: runbookIndex() },
    ...runbookPages(),
    { path: "packages/telemetry/gen/prometheus-names.json", text: json(prometheusNames()) },
    { path: "packages/telemetry/gen/gateway-allowlist.json", text: json(allowList()) },
    { path: "infra/collector/filter.yaml", text: serviceFilter() },
    { path: "infra/collector/filter-players.yaml", text: audienceFilter() },
    { path: "infra/collector/identity.yaml", text: audienceIdentity() },
    ...Object.entries(weaverFiles()).map(([name, text]) => ({ path: `packages/telemetry/gen/weaver/${name}`, text })),
  ];
}
