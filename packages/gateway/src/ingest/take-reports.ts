import { reportHeaders } from "@moqscope/telemetry";
import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import type { Clock } from "../clock.ts";
import type { CmcdIngest } from "../cmcd/cmcd-ingest.ts";
import { GatewayError, type RejectReason } from "../error.ts";
import type { FleetIngest } from "../fleet/fleet-ingest.ts";
import { readIdentity, type SessionIdentity } from "../fleet/head.ts";
import { type Partial, refusedPartial } from "../otlp/answer.ts";
import { decodeLogs, decodeSpans } from "../otlp/decode.ts";
import type { Attributes } from "../otlp/model.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import type { Records } from "../store/records.ts";
import type { Sender } from "./admission.ts";
import type { Post } from "./face.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { Bucket, Buckets } from "./rate.ts";
import { publicLog, publicSpan, recordLimits } from "./records.ts";
import { SpanQuota } from "./span-quota.ts";

export interface TakeParts {
  readonly clock: Clock;
  readonly metrics: OwnMetrics;
  readonly fleet: FleetIngest;
  readonly cmcd: CmcdIngest;
  readonly records: Records;
  readonly limits: IngestLimits;
  readonly instance: string;
  readonly reportIntervalMs: number;
}

/** Takes the bodies of admitted requests: reports into the fleet, spans and events of the registry into the records. */
export class ReportTaker {
  readonly #parts: TakeParts;
  readonly #reports: Buckets;
  readonly #events: Buckets;
  readonly #spans: SpanQuota;

  constructor(parts: TakeParts) {
    const { limits, reportIntervalMs } = parts;
    this.#parts = parts;
    this.#reports = new Buckets(limits.sessionsHeld, (nowMs) => new Bucket(2_000 / reportIntervalMs, limits.reportBurst, nowMs));
    this.#events = new Buckets(limits.sessionsHeld, (nowMs) => new Bucket(limits.cmcdPerSecond, limits.cmcdBurst, nowMs));
    this.#spans = new SpanQuota(limits);
  }

  /** Throws GatewayError; then nothing was taken. */
  take(post: Post, sender: Sender): Partial {
    switch (post.signal) {
      case "metrics":
        return this.#takeMetrics(post, sender);
      case "traces":
        return this.#takeSpans(post, sender);
      case "logs":
        return this.#takeLogs(post, sender);
    }
  }

  /** CMCD: a player sends each event by itself, several at a start. Throws GatewayError; then nothing was taken. */
  takeCmcd({ body }: Post<"cmcd">, sender: Sender): Partial {
    const { clock, cmcd, limits } = this.#parts;
    const nowMs = clock.now();
    return cmcd.take(body, {
      nowMs,
      context: sender.context,
      admit: (who) => {
        sender.own(who);
        if (!this.#events.take(who.sessionId, nowMs))
          throw new GatewayError(
            "rate_session",
            `more than ${limits.cmcdPerSecond} requests in a second: raise batchSize of the event target`,
          );
      },
    });
  }

  #takeMetrics({ format, body, request, response }: Post, sender: Sender): Partial {
    const { clock, fleet, reportIntervalMs } = this.#parts;
    const nowMs = clock.now();
    const gateway = request.headers[reportHeaders.gateway];
    const answer = fleet.take(format, body, {
      nowMs,
      gateway: typeof gateway === "string" ? gateway : undefined,
      context: sender.context,
      admit: (who) => {
        sender.own(who);
        if (!this.#reports.take(who.sessionId, nowMs))
          throw new GatewayError("rate_session", `more than one report each ${reportIntervalMs / 2} ms`);
      },
    });
    if (answer.isResync) response.setHeader(reportHeaders.resync, "1");
    return answer.partial;
  }

  #takeSpans({ format, body }: Post, sender: Sender): Partial {
    const { records, clock, instance } = this.#parts;
    const nowMs = clock.now();
    const refused = new Refused(this.#parts.metrics, "traces");
    for (const { resource, spans } of decodeSpans(format, body)) {
      const who = owned(resource, sender);
      const kept: SpanRecord[] = [];
      for (const given of refused.over(spans, recordLimits.spans)) {
        const span = publicSpan(given, { service: who.service, instance }, who.sessionId);
        const reason = span === undefined ? "unknown_metric" : this.#spans.take(who.sessionId, span.traceId, nowMs);
        if (span === undefined || reason !== undefined) refused.add(reason ?? "malformed");
        else kept.push(span);
      }
      records.takeSpans(kept, nowMs);
    }
    return refused.partial();
  }

  #takeLogs({ format, body }: Post, sender: Sender): Partial {
    const { records, clock, instance } = this.#parts;
    const nowMs = clock.now();
    const refused = new Refused(this.#parts.metrics, "logs");
    for (const { resource, logs } of decodeLogs(format, body)) {
      const who = owned(resource, sender);
      const kept: LogRecord[] = [];
      for (const given of refused.over(logs, recordLimits.logs)) {
        const log = publicLog(given, { service: who.service, instance }, { sessionId: who.sessionId, nowMs });
        if (log === undefined) refused.add("unknown_metric");
        else kept.push(log);
      }
      records.takeLogs(kept, nowMs);
    }
    return refused.partial();
  }
}

function owned(resource: Attributes, sender: Sender): SessionIdentity {
  const who = readIdentity(resource);
  sender.own(who);
  return who;
}

/** What of one request was not taken, and why. */
class Refused {
  readonly #metrics: OwnMetrics;
  readonly #signal: "traces" | "logs";
  readonly #counts = new Map<RejectReason, number>();
  #read = 0;

  constructor(metrics: OwnMetrics, signal: "traces" | "logs") {
    this.#metrics = metrics;
    this.#signal = signal;
  }

  add(reason: RejectReason, count = 1): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** The items of a request up to its limit; the rest is refused. */
  over<T>(items: readonly T[], limit: number): readonly T[] {
    const room = Math.max(0, limit - this.#read);
    this.#read += items.length;
    this.add("too_many_points", items.length - room);
    return items.slice(0, room);
  }

  partial(): Partial {
    for (const [reason, count] of this.#counts) this.#metrics.refused(this.#signal, reason, count);
    return refusedPartial(this.#counts);
  }
}
