import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { silentRecorder } from "@moqscope/telemetry";
import { recordProcess } from "@moqscope/telemetry/node";
import type { Summary } from "@moqscope/telemetry/query";
import { systemClock } from "./clock.ts";
import { CmcdIngest } from "./cmcd/cmcd-ingest.ts";
import { consoleFiles } from "./console/files.ts";
import { Exporter } from "./export/exporter.ts";
import { exposition } from "./export/exposition.ts";
import { OwnSeries } from "./export/own-series.ts";
import type { OwnService } from "./export/series-view.ts";
import { Fleet } from "./fleet/fleet.ts";
import { limitsFor } from "./fleet/limits.ts";
import { Vocabulary } from "./fleet/vocabulary.ts";
import { Origins } from "./http/cors.ts";
import type { Handler } from "./http/listener.ts";
import { ingestFace } from "./ingest/assemble-ingest.ts";
import { trustedFace } from "./ingest/trusted.ts";
import {
  defaultInstanceId,
  defaultReportIntervalMs,
  defaultSeriesLimit,
  defaultStoreSaveIntervalMs,
  type GatewayOptions,
} from "./options.ts";
import { OwnEvents } from "./own/events.ts";
import { OwnMetrics } from "./own/own-metrics.ts";
import { queryFace } from "./query/api.ts";
import { SummaryStream } from "./query/stream.ts";
import { summarize } from "./query/summary.ts";
import { FleetRestart } from "./restart/fleet-restart.ts";
import { RecordsRestart } from "./restart/records-restart.ts";
import { defaultLogLimits, LogStore } from "./store/log-store.ts";
import { Records } from "./store/records.ts";
import { Store } from "./store/store.ts";
import { defaultTraceLimits, TraceStore } from "./store/trace-store.ts";
import { HistoryFeed } from "./tsdb/feed.ts";
import { HistoryParts } from "./tsdb/history-parts.ts";
import { version } from "./version.ts";

const tickMs = 1_000;
const streamWindowMs = 60_000;

/** A gateway without its listeners. */
export interface Assembly {
  /** The random id of this process (header `moq-gateway`). */
  readonly id: string;
  readonly events: OwnEvents;
  readonly ingest: Handler;
  readonly otlp: Handler;
  readonly console: Handler;
  stop(): void;
  /** Writes what is kept across restarts. */
  save(): Promise<void>;
}

/** Which listeners only this machine reaches. */
export interface Reach {
  readonly isIngestLocal: boolean;
  readonly isConsoleLocal: boolean;
  /** Base address of the console, once it listens. */
  consoleUrl(): string;
}

/** Puts the parts of a gateway together and starts their clock. */
export function assemble(options: GatewayOptions, reach: Reach): Assembly {
  const clock = options.clock ?? systemClock;
  const now = (): number => clock.now();
  const instance = options.instanceId ?? defaultInstanceId;
  const reportIntervalMs = options.reportIntervalMs ?? defaultReportIntervalMs;
  const store = new Store({ seriesLimit: options.seriesLimit ?? defaultSeriesLimit, intervalMs: reportIntervalMs });
  const records = new Records(
    new TraceStore(defaultTraceLimits, (spans) => metrics.recordsDropped("traces", spans)),
    new LogStore(defaultLogLimits, (lines) => metrics.recordsDropped("logs", lines)),
  );
  const events = new OwnEvents(options.recorder ?? silentRecorder, { records, clock, identity: { service: "moq-gateway", instance } });
  const metrics = new OwnMetrics(now, events);

  const vocabulary = new Vocabulary();
  const restart = new FleetRestart({ folder: options.storeDir, vocabulary, instance, events, now });
  const id = restart.gatewayId ?? randomBytes(12).toString("base64url");
  const limits = limitsFor(reportIntervalMs, options.fleetLimits);
  const fleet = new Fleet({ gatewayId: id, limits, vocabulary, store, instance, meter: metrics });
  restart.resume(fleet);
  const { series, table } = fleet;
  const keptRecords = new RecordsRestart({
    folder: options.storeDir,
    saveEveryMs: options.storeSaveIntervalMs ?? defaultStoreSaveIntervalMs,
    records,
    events,
    metrics,
    nowMs: now(),
  });
  const cmcd = new CmcdIngest({ fleet: fleet.ingest, limits, meter: metrics });
  const history = new HistoryParts(options, { metrics, events, version, now, externalUrl: () => reach.consoleUrl() });
  const feed = new HistoryFeed({ store, fleet: series, history: history.store, vocabulary, instance });
  const own = new OwnSeries({ store, vocabulary, instance, bornMs: restart.bornMs });
  const exporter = exporterOf(options, {
    metrics,
    instance,
    now,
    services(nowMs) {
      series.flush(nowMs);
      return own.services();
    },
  });
  if (exporter !== undefined) records.connect(exporter);
  metrics.sample(() => ({ series: series.size, table: table.size, live: table.live(now()) }));
  // before anything runs: it is where tokens and proxies that do not fit are refused
  const around = { clock, metrics, fleet: fleet.ingest, cmcd, records, gatewayId: id, instance, idleExpiryMs: limits.idleExpiryMs };
  const ingest = ingestFace(options, { ...around, isIngestLocal: reach.isIngestLocal });
  const stopProcess = recordProcess(metrics.cells);

  const summary = (windowMs: number, nowMs: number): Summary => {
    const sessions = Object.fromEntries(table.live(nowMs));
    return summarize({ store, nowMs, windowMs, reportIntervalMs, sessions, playersAtMs: fleet.ingest.lastReportMs(nowMs - windowMs) });
  };
  const stream = new SummaryStream({
    id,
    summary: (nowMs) => summary(streamWindowMs, nowMs),
    dropped: () => metrics.listenerDropped(),
  });
  metrics.sampleConsole(() => ({ spans: records.traces.size, logs: records.logs.size, listeners: stream.size }));
  const tick = (): void => {
    const nowMs = now();
    cmcd.tick(nowMs);
    fleet.tick(nowMs);
    metrics.collectInto(store, instance, nowMs);
    store.expire(nowMs);
    feed.tick(nowMs);
    history.tick(nowMs);
    records.expire(nowMs);
    keptRecords.tick(nowMs);
    exporter?.tick(nowMs);
    stream.tick(nowMs);
  };
  tick();
  const stopTick = clock.every(tickMs, tick);

  const files = consoleFiles(options.consoleDir ?? join(import.meta.dirname, "..", "console"));
  return {
    id,
    events,
    ingest,
    otlp: trustedFace({
      clock,
      metrics,
      store,
      records,
      exporter,
      origins: new Origins(options.otlpAllowOrigins ?? [], { anyLocal: false, same: false }),
    }),
    console: queryFace({
      store,
      records,
      sessions: (limit) => fleet.views.newest(limit),
      stream,
      instance,
      version,
      now,
      settle: (nowMs) => series.flush(nowMs),
      summary,
      metricsText: (form, nowMs) => exposition(own.services(), { instance, cloudRegion: options.cloudRegion, nowMs, exposition: form }),
      prometheus: history.api,
      rules: () => history.rules(),
      isLocal: reach.isConsoleLocal,
      files,
    }),
    stop() {
      stopTick();
      stopProcess();
      history.stop();
    },
    async save() {
      // what is merged is in the last export and in the file alike: whoever of the two comes first, nothing is between
      await Promise.all([restart.save(fleet), history.save(), keptRecords.save(), exporter?.close()]);
    },
  };
}

function exporterOf(
  options: GatewayOptions,
  parts: { readonly metrics: OwnMetrics; readonly instance: string; services(nowMs: number): OwnService[]; now(): number },
): Exporter | undefined {
  const { metrics, instance } = parts;
  if (options.export === undefined) return undefined;
  const exporter = new Exporter({
    options: options.export,
    instance,
    cloudRegion: options.cloudRegion,
    meter: metrics,
    services: (nowMs) => parts.services(nowMs),
    now: () => parts.now(),
  });
  metrics.sampleExports(() => exporter.states(parts.now()));
  return exporter;
}
