import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../../scripts/support/root.ts";
import type { Stores } from "./stores.ts";

/** A line in Loki: its labels and structured metadata together. */
export interface LogLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
}

/** Asks Loki for the lines of the last hour. Throws with what it has against the query. */
export async function linesOf({ lokiUrl }: Stores, query: string): Promise<readonly LogLine[]> {
  const parameters = new URLSearchParams({ query, limit: "500", since: "1h" });
  const answer = await fetch(`${lokiUrl}/loki/api/v1/query_range?${parameters.toString()}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${query}: ${answer.status} ${text}`);
  const { data } = JSON.parse(text) as {
    readonly data: {
      readonly result: readonly {
        readonly stream: Readonly<Record<string, string>>;
        readonly values: readonly (readonly [string, string])[];
      }[];
    };
  };
  return data.result.flatMap(({ stream, values }) => values.map(([, line]) => ({ labels: stream, line })));
}

/** What Grafana asks Loki when a person goes from a trace to its lines: the query of the provisioned data source. */
export function logsOfTrace(traceId: string): string {
  const files = globSync("infra/grafana/provisioning/datasources/*.{yml,yaml}", { cwd: root }).map((path) =>
    readFileSync(join(root, path), "utf8"),
  );
  const [, query] = files.map((text) => /^ *query: '?(\{.*trace_id.*\}.*?)'?$/m.exec(text)).find((match) => match !== null) ?? [];
  if (query === undefined) throw new Error("no provisioned data source leads from a trace to logs");
  return query.replaceAll(/\$+\{__trace\.traceId\}/g, traceId).replaceAll("''", "'");
}
