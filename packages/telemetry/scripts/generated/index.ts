import { allowList } from "./allow-list.ts";
import { metricsPage } from "./metrics-page.ts";
import { prometheusNames } from "./prometheus-names.ts";

/** A file that comes from the registry, by path from the top of the repository. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

export function generatedFiles(): readonly GeneratedFile[] {
  return [
    { path: "docs/metrics.md", text: metricsPage() },
    { path: "packages/telemetry/gen/prometheus-names.json", text: json(prometheusNames()) },
    { path: "packages/telemetry/gen/gateway-allowlist.json", text: json(allowList()) },
  ];
}
