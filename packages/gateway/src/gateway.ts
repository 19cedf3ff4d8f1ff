import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import { type Clock, systemClock } from "./clock.ts";
import { consoleFiles } from "./console/files.ts";
import { GatewayError } from "./error.ts";
import { FleetIngest } from "./fleet/fleet-ingest.ts";
import { FleetSeries } from "./fleet/fleet-series.ts";
import { type FleetLimits, limitsFor } from "./fleet/limits.ts";
import { SessionTable } from "./fleet/session-table.ts";
import { writeTimeout } from "./fleet/timeout.ts";
import { Vocabulary } from "./fleet/vocabulary.ts";
import { Origins } from "./http/cors.ts";
import { type Handler, type ListenAddress, type Listener, type ListenerName, listen } from "./http/listener.ts";
import { publicFace } from "./ingest/public.ts";
import { trustedFace } from "./ingest/trusted.ts";
import { OwnMetrics } from "./own/own-metrics.ts";
import { watchProcess } from "./own/process.ts";
import { queryFace } from "./query/api.ts";
import { SummaryStream } from "./query/stream.ts";
import { summarize } from "./query/summary.ts";
import { RecordRing } from "./store/records.ts";
import { keptSeconds } from "./store/ring.ts";
import { Store } from "./store/store.ts";
import { version } from "./version.ts";

export interface GatewayOptions {
  /** Public ingest of players and publishers; default 127.0.0.1:4319. */
  readonly ingestListen?: ListenAddress;
  /** Lets the public ingest listen beyond this machine although it asks for no token. */
  readonly allowOpenIngest?: boolean;
  /** Trusted OTLP of relays, CLI and stock SDKs; default 127.0.0.1:4318. */
  readonly otlpListen?: ListenAddress;
  /** Console and query API; default 127.0.0.1:4320. */
  readonly consoleListen?: ListenAddress;
  /** Folder of the built console; default the one in this package. */
  readonly consoleDir?: string;
  /** Origins of pages that may report, beside the demo's. */
  readonly allowOrigins?: readonly string[];
  /** Interval that players are asked to report at, milliseconds; default 10 000. */
  readonly reportIntervalMs?: number;
  /** service.instance.id of this gateway and of the fleet's series; default `gateway`. */
  readonly instanceId?: string;
  /** Most series held; default 20 000. */
  readonly seriesLimit?: number;
  /** Bounds of the session table and of each report. */
  readonly fleetLimits?: Partial<FleetLimits>;
  readonly clock?: Clock;
}
/** A running gateway. */
export interface Gateway {
  readonly ingestUrl: string;
  readonly otlpUrl: string;
  readonly consoleUrl: string;
  /** The random id of this process, as it stands in the header `moq-gateway`. */
  readonly id: string;
  /** Stops listening and ends every connection. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const tickMs = 1_000;
const recordsKept = 10_000;
const demoOrigins = ["http://localhost:5173", "http://127.0.0.1:5173"];
const names = {
  ingest: { what: "public ingest", flag: "--ingest-listen", variable: "MOQSCOPE_GATEWAY_INGEST_LISTEN" },
  otlp: { what: "trusted OTLP", flag: "--otlp-listen", variable: "MOQSCOPE_GATEWAY_OTLP_LISTEN" },
  console: { what: "console", flag: "--console-listen", variable: "MOQSCOPE_GATEWAY_CONSOLE_LISTEN" },
} as const satisfies Record<string, ListenerName>;

/**
 * Starts a gateway on its three listeners. Throws GatewayError: `port_taken`, `listen_failed`, or `open_ingest` when the public ingest
 * would listen beyond this machine without `allowOpenIngest`.
 */
export async function createGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const addresses = addressesOf(options);
  checkIngest(addresses.ingest, options.allowOpenIngest ?? false);
  const parts = assemble(options, isLoopback(addresses.ingest.host));
  const listeners: Listener[] = [];
  const closeAll = async (): Promise<void> => {
    parts.stop();
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  const open = async (which: keyof typeof names, handler: Handler): Promise<string> => {
    const listener = await listen(addresses[which], names[which], handler);
    listeners.push(listener);
    return listener.url;
  };
  try {
    const ingestUrl = await open("ingest", parts.ingest);
    const otlpUrl = await open("otlp", parts.otlp);
    const consoleUrl = await open("console", parts.console);
    return { ingestUrl, otlpUrl, consoleUrl, id: parts.id, close: closeAll, [Symbol.asyncDispose]: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function addressesOf(options: GatewayOptions): Record<keyof typeof names, ListenAddress> {
  const local = (port: number): ListenAddress => ({ host: "127.0.0.1", port });
  return {
    ingest: options.ingestListen ?? local(4319),
    otlp: options.otlpListen ?? local(4318),
    console: options.consoleListen ?? local(4320),
  };
}

function checkIngest({ host }: ListenAddress, allowOpen: boolean): void {
  if (isLoopback(host) || allowOpen) return;
  throw new GatewayError(
    "open_ingest",
    `the public ingest takes reports without a token, so it listens on this machine only and not on ${host}: leave the host out of --ingest-listen, or add --allow-open-ingest`,
  );
}

/** Whether a listen address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

interface Parts {
  readonly id: string;
  readonly ingest: Handler;
  readonly otlp: Handler;
  readonly console: Handler;
  stop(): void;
}

function assemble(options: GatewayOptions, isLocal: boolean): Parts {
  const clock = options.clock ?? systemClock;
  const instance = options.instanceId ?? "gateway";
  const reportIntervalMs = options.reportIntervalMs ?? 10_000;
  const id = randomBytes(12).toString("base64url");
  const store = new Store({ seriesLimit: options.seriesLimit ?? 20_000, intervalMs: reportIntervalMs });
  const records = {
    spans: new RecordRing<SpanRecord>(recordsKept, keptSeconds * 1000),
    logs: new RecordRing<LogRecord>(recordsKept, keptSeconds * 1000),
  };
  const metrics = new OwnMetrics(() => clock.now());
  const vocabulary = new Vocabulary();
  const series = new FleetSeries(store, instance);
  const limits = limitsFor(reportIntervalMs, options.fleetLimits);
  const table = new SessionTable(limits, (session, reason) => {
    metrics.evicted(reason);
    if (reason === "idle" && session.endedMs === undefined) writeTimeout(session, { vocabulary, series }, clock.now());
  });
  const fleet = new FleetIngest({ gatewayId: id, limits, vocabulary, table, series, meter: metrics });
  metrics.sample(() => ({ series: series.size, table: table.size, live: table.live(clock.now()) }));
  const stopWatch = watchProcess(metrics.recorder);

  const stream = new SummaryStream();
  const settle = (nowMs: number): void => series.flush(nowMs);
  const summary = (windowMs: number, nowMs: number): ReturnType<typeof summarize> =>
    summarize({
      store,
      nowMs,
      windowMs,
      sessions: Object.fromEntries(table.live(nowMs)),
      playersAtMs: fleet.lastReportMs(nowMs - windowMs),
    });
  const tick = (): void => {
    const nowMs = clock.now();
    table.expire(nowMs);
    series.sample(nowMs);
    metrics.collectInto(store, instance, nowMs);
    store.expire(nowMs);
    records.spans.expire(nowMs);
    records.logs.expire(nowMs);
    if (stream.size > 0) stream.send(summary(60_000, nowMs));
  };
  const stopTick = clock.every(tickMs, tick);
  tick();

  const folder = options.consoleDir ?? join(import.meta.dirname, "..", "console");
  return {
    id,
    ingest: publicFace({
      clock,
      metrics,
      fleet,
      records,
      origins: new Origins([...demoOrigins, ...(options.allowOrigins ?? [])], isLocal),
      gatewayId: id,
      instance,
      reportIntervalMs,
    }),
    otlp: trustedFace({ clock, metrics, store, records }),
    console: queryFace({
      store,
      records,
      table,
      stream,
      instance,
      version,
      now: () => clock.now(),
      settle,
      summary,
      files: consoleFiles([folder]),
    }),
    stop: () => {
      stopTick();
      stopWatch();
    },
  };
}
