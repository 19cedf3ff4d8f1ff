import { type Service, thirdParty } from "./service.ts";

/** Which users write to which volume. */
export const users = {
  nobody: "65534:65534",
  collector: "10001:10001",
  loki: "10001:10001",
  tempo: "10001:10001",
  mimir: "10002:10002",
  grafana: "472:472",
  seaweedfs: "1000:1000",
  node: "1000:1000",
} as const;

export interface PrometheusSpec {
  /** Below infra/prometheus. */
  readonly config: "prometheus.yml" | "fleet.yml" | "scale.yml";
  readonly targets: "targets" | "targets-fleet" | "targets-scale";
  readonly retention: string;
  readonly memory: number;
  readonly replica?: string;
  readonly published?: boolean;
  readonly after?: readonly string[];
}

/** Stores metrics, judges rules, tells Alertmanager. */
export function prometheus(name: string, spec: PrometheusSpec): Service {
  return thirdParty(name, {
    comment: "Metrics: takes OTLP of the collector, judges rules and alerts. It cannot be reloaded or ended over the network.",
    image: "prometheus",
    user: users.nobody,
    health: "9090/-/ready",
    memory: spec.memory,
    after: ["alertmanager", ...(spec.after ?? [])],
    ports: spec.published === false ? [] : ["prometheus"],
    ...(spec.replica === undefined
      ? {}
      : { environment: { PROMETHEUS_REPLICA: spec.replica, PROMETHEUS_FLEET: "${STACK_FLEET:-moqscope}" } }),
    command: [
      "--config.file=/etc/prometheus/prometheus.yml",
      "--storage.tsdb.path=/prometheus",
      `--storage.tsdb.retention.time=\${STACK_METRICS_RETENTION:-${spec.retention}}`,
      "--storage.tsdb.retention.size=${STACK_METRICS_SIZE:-10GB}",
      "--web.enable-otlp-receiver",
      "--web.enable-remote-write-receiver",
      "--enable-feature=exemplar-storage",
      "--log.level=warn",
    ],
    volumes: [
      `../prometheus/${spec.config}:/etc/prometheus/prometheus.yml:ro`,
      "${STACK_PROMETHEUS_RULES:-../prometheus/rules}:/etc/prometheus/rules:ro",
      `../prometheus/${spec.targets}:/etc/prometheus/targets:ro`,
      `${name}:/prometheus`,
    ],
  });
}

/** The one that tells people. `cluster`: the other of a pair, with which it tells everything once. */
export function alertmanager(name: string, cluster?: string): Service {
  return thirdParty(name, {
    comment: "The one sender of alerts. pnpm stack writes its configuration from ALERT_* of .env; without them it tells nobody.",
    image: "alertmanager",
    user: users.nobody,
    health: "9093/-/ready",
    memory: 128,
    ports: name === "alertmanager" ? ["alertmanager"] : [],
    command: [
      "--config.file=/etc/alertmanager/alertmanager.yml",
      "--storage.path=/alertmanager",
      `--cluster.listen-address=${cluster === undefined ? "" : "0.0.0.0:9094"}`,
      ...(cluster === undefined ? [] : [`--cluster.peer=${cluster}:9094`]),
      "--log.level=warn",
    ],
    volumes: [
      "${STACK_ALERTMANAGER_CONFIG:-../alertmanager/alertmanager.yml}:/etc/alertmanager/alertmanager.yml:ro",
      `${name}:/alertmanager`,
    ],
  });
}

/** `objects`: on S3 instead of a folder. */
export function tempo(objects: boolean): Service {
  return thirdParty("tempo", {
    comment: objects ? "Traces on S3, kept for 7 days." : "Traces, kept for 72 hours.",
    image: "tempo",
    user: users.tempo,
    health: "3200/ready",
    memory: 1024,
    after: objects ? ["buckets"] : [],
    ports: ["tempo"],
    environment: { TEMPO_REMOTE_WRITE: "http://prometheus:9090/api/v1/write", ...(objects ? s3 : {}) },
    command: ["-config.expand-env=true", "-config.file=/etc/tempo/tempo.yaml"],
    volumes: [`../tempo/${objects ? "scale" : "tempo"}.yaml:/etc/tempo/tempo.yaml:ro`, "tempo:/var/tempo"],
  });
}

/** `objects`: on S3 instead of a folder. */
export function loki(objects: boolean): Service {
  return thirdParty("loki", {
    comment: objects ? "Logs on S3, kept for 14 days." : "Logs, kept for 7 days.",
    image: "loki",
    user: users.loki,
    health: "3100/ready",
    memory: 1024,
    after: objects ? ["buckets"] : [],
    ports: ["loki"],
    ...(objects ? { environment: s3 } : {}),
    command: ["-config.expand-env=true", "-config.file=/etc/loki/loki.yaml"],
    volumes: [`../loki/${objects ? "scale" : "loki"}.yaml:/etc/loki/loki.yaml:ro`, "loki:/loki"],
    tmpfs: ["/tmp"],
  });
}

/** What stores are told of the object storage. */
export const s3 = {
  S3_ENDPOINT: "seaweedfs:8333",
  S3_ACCESS_KEY: "${S3_ACCESS_KEY:?run pnpm stack, which makes infra/compose/.env}",
  S3_SECRET_KEY: "${S3_SECRET_KEY:?run pnpm stack, which makes infra/compose/.env}",
} as const;

export interface GrafanaSpec {
  /** Folder below infra/grafana with data sources. */
  readonly provisioning: "provisioning" | "provisioning-scale";
  /** Whether whoever reaches the port may look without a password. */
  readonly anonymousViewer: boolean;
  readonly after: readonly string[];
}

/** Boards. */
export function grafana({ provisioning, anonymousViewer, after }: GrafanaSpec): Service {
  return thirdParty("grafana", {
    comment: anonymousViewer
      ? "Boards. Whoever reaches the port may look (Viewer); the admin's password is in .env."
      : "Boards, for those who sign in; the admin's password is in .env.",
    image: "grafana",
    user: users.grafana,
    health: "3000/api/health",
    memory: 512,
    after,
    ports: ["grafana"],
    environment: {
      GF_SECURITY_ADMIN_USER: "admin",
      GF_SECURITY_ADMIN_PASSWORD: "${GRAFANA_ADMIN_PASSWORD:?run pnpm stack, which makes infra/compose/.env}",
      GF_SECURITY_DISABLE_GRAVATAR: "true",
      GF_SECURITY_COOKIE_SAMESITE: "strict",
      GF_AUTH_ANONYMOUS_ENABLED: String(anonymousViewer),
      GF_AUTH_ANONYMOUS_ORG_ROLE: "Viewer",
      GF_USERS_ALLOW_SIGN_UP: "false",
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
      GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: "false",
      GF_NEWS_NEWS_FEED_ENABLED: "false",
      GF_PLUGINS_PREINSTALL_DISABLED: "true",
      GF_PLUGINS_PLUGIN_ADMIN_ENABLED: "false",
      GF_SNAPSHOTS_EXTERNAL_ENABLED: "false",
      GF_LOG_MODE: "console",
      GF_LOG_CONSOLE_FORMAT: "json",
      GF_LOG_LEVEL: "warn",
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: "/etc/moqscope/dashboards/moq-overview.json",
    },
    volumes: [
      `../grafana/${provisioning}/datasources:/etc/grafana/provisioning/datasources:ro`,
      "../grafana/provisioning/dashboards:/etc/grafana/provisioning/dashboards:ro",
      // Empty: Alertmanager is the one sender. docs/dashboards.md tells how Grafana becomes it instead.
      "${STACK_GRAFANA_ALERTING:-../grafana/provisioning/alerting}:/etc/grafana/provisioning/alerting:ro",
      "../grafana/dashboards:/etc/moqscope/dashboards:ro",
      "grafana:/var/lib/grafana",
    ],
    tmpfs: ["/tmp"],
  });
}

/** The two that look at the machine itself. */
export function watchers(): readonly (readonly [string, Service])[] {
  return [
    [
      "node-exporter",
      thirdParty("node-exporter", {
        comment: "Figures of the machine, but for its network: of that it sees what a container sees.",
        image: "nodeExporter",
        user: users.nobody,
        health: "9100/",
        memory: 64,
        command: ["--path.rootfs=/host", "--path.procfs=/host/proc", "--path.sysfs=/host/sys", "--log.level=warn"],
        volumes: ["/:/host:ro"],
        more: { pid: "host" },
      }),
    ],
    [
      "alloy",
      thirdParty("alloy", {
        comment:
          "Logs of the programs above, read from the files that Docker writes; it sees no socket of Docker, and may do nothing but read.",
        image: "alloy",
        user: "0:0",
        health: "12345/-/ready",
        memory: 256,
        after: ["loki"],
        command: [
          "run",
          "--server.http.listen-addr=127.0.0.1:12345",
          "--storage.path=/var/lib/alloy",
          "--disable-reporting",
          "/etc/alloy/config.alloy",
        ],
        environment: { LOKI_URL: "http://loki:3100" },
        volumes: [
          "../alloy/config.alloy:/etc/alloy/config.alloy:ro",
          "${STACK_CONTAINER_LOGS:-/var/lib/docker/containers}:/var/log/containers:ro",
          "alloy:/var/lib/alloy",
        ],
        more: { cap_add: ["DAC_READ_SEARCH"] },
      }),
    ],
  ];
}

/** Names of services that Grafana's data sources speak to. */
export const grafanaAfter: readonly string[] = ["prometheus", "tempo", "loki"];
