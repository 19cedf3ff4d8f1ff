import { readFileSync } from "node:fs";
import { join } from "node:path";

interface QuicFigures {
  readonly subscribers: number;
  readonly rows: readonly { readonly contestant: string; readonly cpuSecondsPerGb: number }[];
}

const root = join(import.meta.dirname, "../..");

/**
 * What was measured, each with where: relays by `pnpm bench quic` with 50 subscribers (bench/figures/quic.json), gateways by
 * `pnpm bench gateway` (bench/README.md), series by the budget that packages/telemetry/src/registry/cardinality.test.ts holds.
 */
export const measured = {
  get relayCpuPerGb(): { readonly webSocket: number; readonly quic: number } {
    const all = JSON.parse(readFileSync(join(root, "bench/figures/quic.json"), "utf8")) as readonly QuicFigures[];
    const rows = all.find(({ subscribers }) => subscribers === 50)?.rows ?? [];
    const of = (name: string): number => rows.find(({ contestant }) => contestant === name)?.cpuSecondsPerGb ?? Number.NaN;
    return { webSocket: of("websocket"), quic: of("quic") };
  },
  gateway: { requestsPerSecond: 3_330, percentOfCore: 79, kibPerSession: 1.37 },
  series: { gateway: 12_000 + 1_500 + 400 + 150, relay: 2_000 + 150 },
} as const;

/** What is assumed where nothing is measured; docs/operate/sizing.md says why. */
const assumed = { mbitPerViewer: 4, busy: 0.6, secondsBetweenSamples: 10, bytesPerSample: 1.5, daysKept: 30 } as const;

/** One column of the table. */
export interface Size {
  readonly viewers: number;
  readonly egressGbit: number;
  readonly relayCoresWebSocket: number;
  readonly relayCoresQuic: number;
  readonly reportSeconds: number;
  readonly requestsPerSecond: number;
  readonly gatewayCores: number;
  readonly gatewaySessionsMib: number;
  readonly sessionLimit: number;
  readonly series: number;
  readonly samplesPerSecond: number;
  readonly metricsGb: number;
}

/** What an audience needs. Cores are those of a relay that is busy for `assumed.busy` of its time, one relay process for each. */
export function sizeFor(viewers: number, reportSeconds: number): Size {
  const gbPerSecond = (viewers * assumed.mbitPerViewer) / 8 / 1000;
  const { relayCpuPerGb, gateway, series: budget } = measured;
  const relays = Math.max(2, Math.ceil((gbPerSecond * relayCpuPerGb.webSocket) / assumed.busy));
  const requestsPerSecond = viewers / reportSeconds;
  const sessionLimit = viewers * 1.5;
  const series = 2 * budget.gateway + relays * budget.relay;
  const samplesPerSecond = series / assumed.secondsBetweenSamples;
  return {
    viewers,
    egressGbit: gbPerSecond * 8,
    relayCoresWebSocket: relays,
    relayCoresQuic: Math.max(2, Math.ceil((gbPerSecond * relayCpuPerGb.quic) / assumed.busy)),
    reportSeconds,
    requestsPerSecond,
    gatewayCores: (requestsPerSecond / gateway.requestsPerSecond) * (gateway.percentOfCore / 100),
    gatewaySessionsMib: (sessionLimit * gateway.kibPerSession) / 1024,
    sessionLimit,
    series,
    samplesPerSecond,
    metricsGb: (samplesPerSecond * 86_400 * assumed.daysKept * assumed.bytesPerSample) / 1e9,
  };
}

const round = (value: number, digits = 0): string => value.toLocaleString("en", { maximumFractionDigits: digits }).replaceAll(",", " ");

/** The table of docs/operate/tables.md. */
export function sizingTable(): string {
  const sizes = [sizeFor(1_000, 10), sizeFor(10_000, 10), sizeFor(100_000, 30)];
  const row = (what: string, tell: (size: Size) => string): string => `| ${what} | ${sizes.map(tell).join(" | ")} |`;
  return [
    row("viewers", ({ viewers }) => `**${round(viewers)}**`),
    `| --- |${sizes.map(() => " ---: |").join("")}`,
    row("egress, Gbit/s", ({ egressGbit }) => round(egressGbit, 1)),
    row("relay cores, WebSocket", ({ relayCoresWebSocket }) => round(relayCoresWebSocket)),
    row("relay cores, WebTransport and QUIC", ({ relayCoresQuic }) => round(relayCoresQuic)),
    row("a player reports each", ({ reportSeconds }) => `${reportSeconds} s`),
    row("requests to gateways, per second", ({ requestsPerSecond }) => round(requestsPerSecond)),
    row("gateway cores that they keep busy", ({ gatewayCores }) => round(gatewayCores, 2)),
    row("`--session-limit` of one gateway", ({ sessionLimit }) => round(sessionLimit)),
    row("memory of that many sessions, MiB", ({ gatewaySessionsMib }) => round(gatewaySessionsMib)),
    row("series at worst, two gateways", ({ series }) => round(series)),
    row("samples per second", ({ samplesPerSecond }) => round(samplesPerSecond)),
    row("metrics of 30 days, GB", ({ metricsGb }) => round(metricsGb)),
  ].join("\n");
}
