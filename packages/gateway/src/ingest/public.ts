import type { IncomingMessage, ServerResponse } from "node:http";
import { formatReportInterval, reportHeaders } from "@moqscope/telemetry";
import type { Clock } from "../clock.ts";
import type { CmcdIngest } from "../cmcd/cmcd-ingest.ts";
import { GatewayError } from "../error.ts";
import type { FleetIngest } from "../fleet/fleet-ingest.ts";
import { readIdentity } from "../fleet/head.ts";
import { unknownContext } from "../fleet/session-context.ts";
import { cmcdFormatOf, formatOf } from "../http/body.ts";
import type { Origins } from "../http/cors.ts";
import type { Handler } from "../http/listener.ts";
import { sendJson } from "../http/respond.ts";
import type { Partial } from "../otlp/answer.ts";
import { accepted } from "../otlp/answer.ts";
import { decodeLogs, decodeSpans } from "../otlp/decode.ts";
import type { Attributes } from "../otlp/model.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import type { Records } from "../store/records.ts";
import { handlePost, notFound, type Post, signalOf, wrongMethod } from "./face.ts";
import { Bucket, Buckets, networkOf } from "./rate.ts";
import { publicLog, publicSpan, recordLimits } from "./records.ts";

const limits = { wire: 64 * 1024, inflated: 256 * 1024 } as const;
/** Requests in a second: of one network, and of all (fleet aggregation, section 8). */
const perNetwork = 100;
const perGateway = 5_000;
const networksHeld = 10_000;
const sessionsHeld = 20_000;
const sessionBurst = 5;
const cmcdPerSession = 10;
const cmcdBurst = 40;
/** How far the clock of `/v1/time` may be from true time: the gateway cannot know, so it says what an NTP-kept server stays within. */
const timeErrorMs = 50;

export interface PublicParts {
  readonly clock: Clock;
  readonly metrics: OwnMetrics;
  readonly fleet: FleetIngest;
  readonly cmcd: CmcdIngest;
  readonly records: Records;
  readonly origins: Origins;
  readonly gatewayId: string;
  readonly instance: string;
  readonly reportIntervalMs: number;
}

/** The public face (4319): reports of players and publishers by the wire contract, and the time. */
export function publicFace(parts: PublicParts): Handler {
  const { clock, metrics, origins } = parts;
  const take = taker(parts);
  const takeCmcd = cmcdTaker(parts);
  const admit = admitter(clock);
  return async (request, response) => {
    response.setHeader(reportHeaders.gateway, parts.gatewayId);
    response.setHeader(reportHeaders.interval, formatReportInterval(parts.reportIntervalMs));
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const signal = signalOf(path);
    if (!origins.admit(request, response)) {
      metrics.refused(signal ?? "metrics", "origin");
      return sendJson(response, 403, {
        error: "pages of this origin may not report here",
        remedy: "start the gateway with --allow-origin and this origin",
      });
    }
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (path === "/v1/time") return time(request, response, clock);
    const isCmcd = path === "/v1/cmcd";
    if (signal === undefined && !isCmcd)
      return notFound(response, "post OTLP to /v1/metrics, /v1/traces or /v1/logs, CMCD to /v1/cmcd, or get /v1/time");
    if (request.method !== "POST") return wrongMethod(response, "POST");
    if (signal === undefined)
      return handlePost({ clock, metrics, limits, admit, formatOf: cmcdFormatOf, take: takeCmcd }, "metrics", { request, response });
    await handlePost({ clock, metrics, limits, admit, formatOf, take }, signal, { request, response });
  };
}

/** Receive time, send time and the server's own error bound, in epoch milliseconds: the middle of an NTP exchange. */
function time(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  const receivedMs = clock.wall();
  if (request.method !== "GET") return wrongMethod(response, "GET");
  sendJson(response, 200, { receivedMs, sentMs: clock.wall(), errorMs: timeErrorMs });
}

function admitter(clock: Clock): (request: IncomingMessage) => void {
  const all = new Bucket(perGateway, perGateway, clock.now());
  const networks = new Buckets(networksHeld, (nowMs) => new Bucket(perNetwork, perNetwork, nowMs));
  return (request) => {
    const nowMs = clock.now();
    const network = networkOf(request.socket.remoteAddress ?? "127.0.0.1");
    if (network !== undefined && !networks.take(network, nowMs))
      throw new GatewayError("rate_ip", `more than ${perNetwork} requests in a second from this network`);
    if (!all.take(nowMs)) throw new GatewayError("overload", "the gateway has too many requests");
  };
}

/** A player sends each event by itself: several at a start, one for each segment where it is asked to. */
function cmcdTaker({ clock, cmcd }: PublicParts): (post: Post<"cmcd">) => Partial {
  const sessions = new Buckets(sessionsHeld, (nowMs) => new Bucket(cmcdPerSession, cmcdBurst, nowMs));
  return ({ body, request }) => {
    const nowMs = clock.now();
    return cmcd.take(body, {
      nowMs,
      context: { ...unknownContext, userAgent: request.headers["user-agent"] ?? "" },
      admit: ({ sessionId }) => {
        if (!sessions.take(sessionId, nowMs))
          throw new GatewayError("rate_session", `more than ${cmcdPerSession} requests in a second: raise batchSize of the event target`);
      },
    });
  };
}

function taker(parts: PublicParts): (post: Post) => Partial {
  const { clock, fleet, records, instance, metrics } = parts;
  const halfIntervalMs = parts.reportIntervalMs / 2;
  const sessions = new Buckets(sessionsHeld, (nowMs) => new Bucket(1000 / halfIntervalMs, sessionBurst, nowMs));
  const known = (resource: Attributes): { service: string; sessionId: string; instance: string } => ({
    ...readIdentity(resource),
    instance,
  });

  const takeMetrics = ({ format, body, request, response }: Post): Partial => {
    const nowMs = clock.now();
    const gateway = request.headers[reportHeaders.gateway];
    const answer = fleet.take(format, body, {
      nowMs,
      gateway: typeof gateway === "string" ? gateway : undefined,
      context: { ...unknownContext, userAgent: request.headers["user-agent"] ?? "" },
      admit: ({ sessionId }) => {
        if (!sessions.take(sessionId, nowMs)) throw new GatewayError("rate_session", `more than one report each ${halfIntervalMs} ms`);
      },
    });
    if (answer.isResync) response.setHeader(reportHeaders.resync, "1");
    return answer.partial;
  };
  const keep = <T, R>(items: readonly T[], limit: number, read: (item: T) => R | undefined): { kept: R[]; rejected: number } => {
    const kept = items.slice(0, limit).flatMap((item) => read(item) ?? []);
    return { kept: kept as R[], rejected: items.length - kept.length };
  };
  const answerFor = (signal: "traces" | "logs", rejected: number): Partial => {
    if (rejected === 0) return accepted;
    metrics.refused(signal, "too_many_points", rejected);
    return { rejected, message: "more than 64 in one request, or a name that the registry does not hold" };
  };

  return (post) => {
    const nowMs = clock.now();
    switch (post.signal) {
      case "metrics":
        return takeMetrics(post);
      case "traces": {
        let rejected = 0;
        for (const { resource, spans } of decodeSpans(post.format, post.body)) {
          const who = known(resource);
          const read = keep(spans, recordLimits.spans, (span) => publicSpan(span, { service: who.service, instance }, who.sessionId));
          records.takeSpans(read.kept, nowMs);
          rejected += read.rejected;
        }
        return answerFor("traces", rejected);
      }
      case "logs": {
        let rejected = 0;
        for (const { resource, logs } of decodeLogs(post.format, post.body)) {
          const who = known(resource);
          const read = keep(logs, recordLimits.logs, (log) =>
            publicLog(log, { service: who.service, instance }, { sessionId: who.sessionId, nowMs }),
          );
          records.takeLogs(read.kept, nowMs);
          rejected += read.rejected;
        }
        return answerFor("logs", rejected);
      }
    }
  };
}
