import { dockerfileLint } from "./dockerfile-lint.ts";

/** A program of others that tests and benches use where it has been built, from a released source. */
export type ForeignBuild = {
  /** Of the crate or program. */
  readonly name: string;
  /** File name of the program where it is another one. */
  readonly program?: string;
  readonly version: string;
  readonly use: string;
  /** On two cores at low priority. */
  readonly minutes: number;
} & (
  | { readonly by: "cargo"; readonly features?: readonly string[] }
  | {
      readonly by: "go";
      readonly module: string;
      /** Below the module. */
      readonly package: string;
      readonly tags?: readonly string[];
      /** Files that the module's source lacks and the compiler wants: pages that are made by other tools, path → text. */
      readonly files?: Readonly<Record<string, string>>;
      /** Modules that it replaces by folders which its source does not have: the released ones are taken. */
      readonly released?: readonly string[];
    }
  /** OpenTelemetry's collector with the components of a manifest, by its own builder. */
  | { readonly by: "collector"; readonly manifest: string }
);

const emptyPage = "<!doctype html><title>built without its pages</title>\n";

/** Everything that `pnpm foreign:build` makes; a newer version is one change here. */
export const builds: readonly ForeignBuild[] = [
  { name: "moq-relay", version: "0.17.10", by: "cargo", use: "interop over QUIC, bench quic", minutes: 10 },
  { name: "moq-cli", program: "moq", version: "0.14.10", by: "cargo", use: "interop over QUIC", minutes: 10 },
  {
    name: "prometheus",
    version: "v0.315.0",
    by: "go",
    module: "github.com/prometheus/prometheus",
    package: "cmd/prometheus",
    tags: ["netgo", "slicelabels_no"],
    use: "the gateway's PromQL and export beside Prometheus 3, the stack",
    minutes: 5,
  },
  {
    name: "promtool",
    version: "v0.315.0",
    by: "go",
    module: "github.com/prometheus/prometheus",
    package: "cmd/promtool",
    tags: ["netgo", "slicelabels_no"],
    use: "rules and configuration of the stack",
    minutes: 4,
  },
  {
    name: "alertmanager",
    version: "v0.34.2",
    by: "go",
    module: "github.com/prometheus/alertmanager",
    package: "cmd/alertmanager",
    files: { "ui/app/dist/index.html": emptyPage },
    use: "the stack",
    minutes: 3,
  },
  {
    name: "amtool",
    version: "v0.34.2",
    by: "go",
    module: "github.com/prometheus/alertmanager",
    package: "cmd/amtool",
    files: { "ui/app/dist/index.html": emptyPage },
    use: "the stack",
    minutes: 1,
  },
  { name: "otelcol", version: "0.159.0", by: "collector", manifest: "infra/collector/builder.yaml", use: "the stack", minutes: 10 },
  {
    name: "otelcol-edge",
    version: "0.159.0",
    by: "collector",
    manifest: "infra/collector/builder-edge.yaml",
    use: "configuration of the first of two tiers of collectors",
    minutes: 5,
  },
  {
    name: "docker-compose",
    version: "v5.6.0",
    by: "go",
    module: "github.com/docker/compose/v5",
    package: "cmd",
    use: "what Docker Compose itself says of the stack's files",
    minutes: 3,
  },
  {
    name: "dockerfile-lint",
    version: "v0.34.2",
    by: "go",
    module: "github.com/moby/buildkit",
    package: "cmd/dockerfile-lint",
    files: { "cmd/dockerfile-lint/main.go": dockerfileLint },
    use: "what BuildKit itself says of the Dockerfile",
    minutes: 3,
  },
  {
    name: "loki",
    version: "v3.7.8",
    by: "go",
    module: "github.com/grafana/loki/v3",
    package: "cmd/loki",
    released: ["github.com/grafana/loki/pkg/push"],
    use: "the stack",
    minutes: 30,
  },
  {
    name: "tempo",
    // The newest commit that the module proxy has: Tempo's releases are no versions of its module.
    version: "v1.5.1-0.20250529124718-87c2dc380cec",
    by: "go",
    module: "github.com/grafana/tempo",
    package: "cmd/tempo",
    use: "the stack",
    minutes: 15,
  },
];
