import { stringify } from "yaml";

const made = "# Made by `pnpm generate` from infra/src/datasources.ts. `$$` is one dollar sign: Grafana puts variables in.\n";

/**
 * Grafana's data sources, with uids that boards name and every way from one signal to another: a dot in a graph to its trace, a trace to
 * its log lines, figures and neighbours, a log line to its trace. `mimir`: metrics come from there, and a second source has what is kept
 * for 13 months.
 */
export function datasources(metrics: "prometheus" | "mimir"): string {
  const sources =
    metrics === "prometheus"
      ? [prometheus({ name: "Prometheus", uid: "prometheus", url: "http://prometheus:9090", isDefault: true })]
      : [
          prometheus({ name: "Mimir", uid: "prometheus", url: "http://mimir:9009/prometheus", isDefault: true, tenant: "moqscope" }),
          prometheus({ name: "Mimir, 13 months", uid: "prometheus-long", url: "http://mimir:9009/prometheus", tenant: "moqscope-long" }),
        ];
  return `${made}${stringify({ apiVersion: 1, prune: true, datasources: [...sources, tempo, loki, alertmanager] }, { lineWidth: 0 })}`;
}

interface PrometheusSource {
  readonly name: string;
  readonly uid: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly tenant?: string;
}

function prometheus({ name, uid, url, isDefault = false, tenant }: PrometheusSource): object {
  return {
    name,
    uid,
    type: "prometheus",
    access: "proxy",
    url,
    isDefault,
    editable: false,
    jsonData: {
      httpMethod: "POST",
      timeInterval: "10s",
      prometheusType: tenant === undefined ? "Prometheus" : "Mimir",
      exemplarTraceIdDestinations: [{ name: "trace_id", datasourceUid: "tempo" }],
      ...(tenant === undefined ? {} : { httpHeaderName1: "X-Scope-OrgID" }),
    },
    ...(tenant === undefined ? {} : { secureJsonData: { httpHeaderValue1: tenant } }),
  };
}

const tempo = {
  name: "Tempo",
  uid: "tempo",
  type: "tempo",
  access: "proxy",
  url: "http://tempo:3200",
  editable: false,
  jsonData: {
    tracesToLogsV2: {
      datasourceUid: "loki",
      spanStartTimeShift: "-1m",
      spanEndTimeShift: "1m",
      customQuery: true,
      query: '{service_name=~".+"} | trace_id = "$${__trace.traceId}"',
    },
    tracesToMetrics: {
      datasourceUid: "prometheus",
      spanStartTimeShift: "-5m",
      spanEndTimeShift: "5m",
      queries: [
        { name: "Join success", query: "moq:client_join_success:ratio_rate5m" },
        { name: "Rebuffer ratio", query: "moq:client_rebuffer:ratio_rate5m" },
        {
          name: "Time of spans like this",
          query: "histogram_quantile(0.95, sum by (le, span_name) (rate(traces_span_metrics_duration_seconds_bucket[5m])))",
        },
      ],
    },
    serviceMap: { datasourceUid: "prometheus" },
    nodeGraph: { enabled: true },
    search: { hide: false },
  },
};

const loki = {
  name: "Loki",
  uid: "loki",
  type: "loki",
  access: "proxy",
  url: "http://loki:3100",
  editable: false,
  jsonData: {
    // OTLP puts the id into structured metadata, which Grafana shows as a label.
    derivedFields: [
      {
        name: "trace_id",
        matcherType: "label",
        matcherRegex: "trace_id",
        datasourceUid: "tempo",
        url: "$${__value.raw}",
        urlDisplayLabel: "Trace",
      },
    ],
  },
};

const alertmanager = {
  name: "Alertmanager",
  uid: "alertmanager",
  type: "alertmanager",
  access: "proxy",
  url: "http://alertmanager:9093",
  editable: false,
  jsonData: { implementation: "prometheus", handleGrafanaManagedAlerts: false },
};
