import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import type { Format, Signal } from "../otlp/answer.ts";
import type { ResourceMetrics } from "../otlp/model.ts";
import { Batches, type BatchLimits } from "./batches.ts";
import { defaultExportIntervalMs, defaultExportTimeoutMs, destinations, type ExportOptions } from "./destination.ts";
import { ForwardedMetrics } from "./forwarded-metrics.ts";
import { fromOtlpJson } from "./from-json.ts";
import { type ExportMeter, Lane } from "./lane.ts";
import { poster } from "./post.ts";
import { Queued } from "./queued.ts";
import { logsRequest, tracesRequest } from "./records-request.ts";
import type { OwnService } from "./series-view.ts";
import { Snapshots } from "./snapshots.ts";

/** Spans and log records that may wait, each (otel-js.md, section 4). */
const queueLimits: BatchLimits = { items: 4_096, bytes: 16 * 1024 * 1024 };
/** How long the last export may take. */
const closeLimitMs = 3_000;

export interface ExporterParts {
  readonly options: ExportOptions;
  readonly instance: string;
  readonly cloudRegion: string | undefined;
  readonly meter: ExportMeter & { exemplars(count: number): void };
  /** Everything this process counts, as it stands. */
  services(nowMs: number): readonly OwnService[];
  now(): number;
  /** In [0, 1); default Math.random. */
  readonly random?: () => number;
}

/** A trusted request that leaves as it came. */
export type Forwarded =
  | { readonly signal: "metrics"; readonly format: Format; readonly body: Uint8Array; readonly request: readonly ResourceMetrics[] }
  | { readonly signal: "traces" | "logs"; readonly format: Format; readonly body: Uint8Array; readonly items: number };

/** How far behind a signal is. */
export interface ExportState {
  readonly signal: Signal;
  /** Spans or logs that wait; of metrics 1 while a snapshot is unsent. */
  readonly waiting: number;
  /** Seconds since the newest request arrived, or since something began to wait for the first; 0 while no span or log waits. */
  readonly ageSeconds: number;
}

/**
 * Sends what this gateway knows to an OTLP/HTTP receiver: its own and its audience's metrics as one cumulative stream, trusted requests
 * unchanged, checked spans and logs. What a receiver that is away costs is bounded (fleet aggregation, section 5).
 */
export class Exporter {
  readonly #parts: ExporterParts;
  readonly #signals: ReadonlySet<Signal>;
  readonly #bornMs: number;
  readonly #ending = new AbortController();
  readonly #snapshots: Snapshots;
  readonly #forwarded: ForwardedMetrics;
  readonly #batches: Readonly<Record<"traces" | "logs", Batches>>;
  readonly #queues: Readonly<Record<"traces" | "logs", Queued>>;
  readonly #lanes: Readonly<Record<Signal, Lane>>;
  #closed: Promise<void> | undefined;

  /** Throws GatewayError `export_invalid` where an address cannot be used. */
  constructor(parts: ExporterParts) {
    this.#parts = parts;
    const { options, meter } = parts;
    const now = (): number => parts.now();
    const to = destinations(options);
    this.#signals = new Set(to.keys());
    this.#bornMs = now();
    const post = poster(to, {
      gzip: options.gzip ?? true,
      timeoutMs: options.timeoutMs ?? defaultExportTimeoutMs,
      signal: this.#ending.signal,
    });
    this.#snapshots = new Snapshots({
      intervalMs: options.intervalMs ?? defaultExportIntervalMs,
      bornMs: this.#bornMs,
      services: (nowMs) => parts.services(nowMs),
      resource: (service) => this.#resource(service),
      exemplars: (count) => meter.exemplars(count),
    });
    this.#forwarded = new ForwardedMetrics((count) => meter.exported("metrics", "dropped", count));
    const batches = (signal: Signal): Batches => new Batches(queueLimits, (count) => meter.exported(signal, "dropped", count));
    this.#batches = { traces: batches("traces"), logs: batches("logs") };
    this.#queues = { traces: new Queued(this.#batches.traces), logs: new Queued(this.#batches.logs) };
    const random = parts.random ?? Math.random;
    const lane = (signal: Signal, sources: ConstructorParameters<typeof Lane>[0]["sources"]): Lane =>
      new Lane({ signal, sources, post, meter, now, random });
    this.#lanes = {
      metrics: lane("metrics", [this.#snapshots, this.#forwarded]),
      traces: lane("traces", [this.#queues.traces]),
      logs: lane("logs", [this.#queues.logs]),
    };
  }

  /** Bytes that wait; metrics of this process are written when they leave. */
  get bytes(): number {
    return this.#forwarded.bytes + this.#batches.traces.bytes + this.#batches.logs.bytes;
  }

  /** Sends what is due. */
  tick(nowMs: number): void {
    for (const signal of this.#signals) this.#lanes[signal].tick(nowMs);
  }

  /** Takes a trusted request, which was decoded without fault. */
  forward(given: Forwarded): void {
    if (!this.#signals.has(given.signal)) return;
    const bytes = this.#protobufOf(given);
    if (bytes === undefined) return;
    if (given.signal === "metrics") this.#forwarded.put(bytes, given.request);
    else if (given.items > 0) this.#queues[given.signal].put({ bytes, items: given.items }, this.#parts.now());
  }

  /** Takes spans that were checked here. */
  spans(spans: readonly SpanRecord[]): void {
    if (spans.length === 0 || !this.#signals.has("traces")) return;
    const bytes = tracesRequest(spans, (service) => this.#resource(service));
    this.#queues.traces.put({ bytes, items: spans.length }, this.#parts.now());
  }

  /** Takes log records that were checked or written here. */
  logs(logs: readonly LogRecord[]): void {
    if (logs.length === 0 || !this.#signals.has("logs")) return;
    const nowMs = this.#parts.now();
    const bytes = logsRequest(logs, (service) => this.#resource(service), nowMs);
    this.#queues.logs.put({ bytes, items: logs.length }, nowMs);
  }

  /** How far behind each signal is that has an endpoint. */
  states(nowMs: number): ExportState[] {
    return [...this.#signals].map((signal) => {
      const { lastOkMs } = this.#lanes[signal];
      const sinceMs = signal === "metrics" ? this.#bornMs : this.#queues[signal].sinceMs;
      const ageSeconds = sinceMs === undefined ? 0 : (nowMs - Math.max(sinceMs, lastOkMs ?? 0)) / 1000;
      return { signal, waiting: this.#waiting(signal, nowMs), ageSeconds };
    });
  }

  /** Settles when no request is under way. */
  async idle(): Promise<void> {
    await Promise.all(Object.values(this.#lanes).map((lane) => lane.idle()));
  }

  /** Sends what there is for the last time, for three seconds at most. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    const timer = setTimeout(() => this.#ending.abort(), closeLimitMs);
    this.#snapshots.hasten(this.#parts.now());
    await Promise.all([...this.#signals].map((signal) => this.#lanes[signal].finish()));
    clearTimeout(timer);
  }

  /** What may wait holds no more memory than its own bytes: a body is often a piece of a larger buffer. */
  #protobufOf({ signal, format, body }: Forwarded): Uint8Array | undefined {
    if (format !== "otlp_json") return new Uint8Array(body);
    try {
      return fromOtlpJson(signal, body);
    } catch (error) {
      // it is stored all the same: what was read of it is less than what a receiver would be told
      const { meter } = this.#parts;
      meter.exported(signal, "failed");
      meter.exportProblem(signal, `a JSON request cannot be written as protobuf: ${String(error)}`);
      return undefined;
    }
  }

  #waiting(signal: Signal, nowMs: number): number {
    if (signal === "metrics") return this.#snapshots.isDue(nowMs) ? 1 : 0;
    return this.#batches[signal].items;
  }

  #resource(service: string): Readonly<Record<string, string>> {
    const { instance, cloudRegion } = this.#parts;
    return {
      "service.name": service,
      "service.instance.id": instance,
      ...(cloudRegion === undefined ? {} : { "cloud.region": cloudRegion }),
    };
  }
}
