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
  | { readonly by: "go"; readonly module: string; readonly package: string; readonly tags: readonly string[] }
);

/** Everything that `pnpm foreign:build` makes; a newer version is one change here. */
export const builds: readonly ForeignBuild[] = [
  { name: "moq-relay", version: "0.17.10", by: "cargo", use: "interop over QUIC, bench quic", minutes: 10 },
  { name: "moq-cli", program: "moq", version: "0.14.10", by: "cargo", use: "interop over QUIC", minutes: 10 },
  {
    name: "prometheus",
    version: "v0.315.0",
    by: "go",
    module: "github.com/prometheus/prometheus",
    package: "github.com/prometheus/prometheus/cmd/prometheus",
    tags: ["netgo", "slicelabels_no"],
    use: "the gateway's PromQL beside Prometheus 3",
    minutes: 5,
  },
];
