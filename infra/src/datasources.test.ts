import { expect, test } from "vitest";
import { parse } from "yaml";
import { datasources } from "./datasources.ts";

interface Source {
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly editable: boolean;
  readonly jsonData: Readonly<Record<string, unknown>>;
}
const sourcesOf = (metrics: "prometheus" | "mimir"): readonly Source[] =>
  (parse(datasources(metrics)) as { readonly datasources: readonly Source[] }).datasources;
const find = (sources: readonly Source[], uid: string): Source => {
  const found = sources.find((source) => source.uid === uid);
  if (found === undefined) throw new Error(`no data source ${uid}`);
  return found;
};

test.each(["prometheus", "mimir"] as const)(
  "every way between signals is there, to a data source that is there, with metrics from %s",
  (metrics) => {
    const sources = sourcesOf(metrics);
    const [prometheus, tempo, loki] = ["prometheus", "tempo", "loki"].map((uid) => find(sources, uid).jsonData) as [
      Source["jsonData"],
      Source["jsonData"],
      Source["jsonData"],
    ];
    expect(prometheus).toMatchObject({ exemplarTraceIdDestinations: [{ name: "trace_id", datasourceUid: "tempo" }], timeInterval: "10s" });
    expect(tempo).toMatchObject({
      tracesToLogsV2: { datasourceUid: "loki", customQuery: true, query: '{service_name=~".+"} | trace_id = "$${__trace.traceId}"' },
      tracesToMetrics: { datasourceUid: "prometheus" },
      serviceMap: { datasourceUid: "prometheus" },
      nodeGraph: { enabled: true },
    });
    expect(loki).toMatchObject({
      derivedFields: [{ matcherType: "label", matcherRegex: "trace_id", datasourceUid: "tempo", url: "$${__value.raw}" }],
    });
    const named = [...datasources(metrics).matchAll(/datasourceUid: (\S+)/g)].map(([, uid]) => uid);
    for (const uid of named) expect(sources.map((source) => source.uid)).toContain(uid);
    expect(sources.filter(({ editable }) => editable)).toEqual([]);
  },
);

test("no dollar sign stands alone: Grafana would put an environment variable in its place", () => {
  expect(datasources("prometheus").replaceAll("$$", "")).not.toContain("$");
});
