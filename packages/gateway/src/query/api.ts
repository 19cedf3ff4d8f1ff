import type { IncomingMessage, ServerResponse } from "node:http";
import type { SessionsAnswer, Summary, TracesAnswer } from "@moqscope/telemetry/query";
import type { PrometheusApi } from "../api-v1/api-v1.ts";
import { type Exposition, expositionFor, expositionTypes } from "../export/exposition.ts";
import type { SessionView } from "../fleet/session-view.ts";
import type { Handler } from "../http/listener.ts";
import { send, sendError, sendJson } from "../http/respond.ts";
import { notFound, wrongMethod } from "../ingest/face.ts";
import type { GroupStatus } from "../rules/rule-groups.ts";
import type { Records } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { coarseKeptMs, fineKeptMs } from "../tsdb/history-store.ts";
import { alertsAnswer } from "./alerts.ts";
import { metricsAnswer, type Selection, seriesAnswer, sessionSummary } from "./answers.ts";
import { attributesParameter, numberParameter, ParameterError } from "./parameters.ts";
import { logsAnswer, tracesAnswer } from "./records-query.ts";
import type { SummaryStream } from "./stream.ts";

const defaultWindowSeconds = 60;
/** A summary looks back over samples of each second. */
const longestWindowSeconds = fineKeptMs / 1000;
const longestSeriesSeconds = coarseKeptMs / 1000;
const sessionsAnswered = 500;

export interface QueryParts {
  readonly store: Store;
  readonly records: Records;
  /** The sessions that reported last. */
  readonly sessions: (limit: number) => SessionView[];
  readonly stream: SummaryStream;
  readonly instance: string;
  readonly version: string;
  now(): number;
  /** Writes what is still on its way into the store. */
  settle(nowMs: number): void;
  summary(windowMs: number, nowMs: number): Summary;
  /** Own and fleet series for a Prometheus that scrapes. */
  metricsText(exposition: Exposition, nowMs: number): string;
  /** Rules that are evaluated here, with what came of them. */
  rules(): readonly GroupStatus[];
  /** Prometheus' HTTP API over the history. */
  readonly prometheus: PrometheusApi;
  /** Only this machine reaches the listener: then a request for any other host is not its own idea. */
  readonly isLocal: boolean;
  /** Anything else: the console's files. */
  readonly files: Handler;
}
interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly nowMs: number;
  readonly exposition: Exposition;
  readonly lastEventId: string | undefined;
  readonly response: ServerResponse;
}

/** The console's listener (4320): query API, own state, console files. */
export function queryFace(parts: QueryParts): Handler {
  return async (request, response) => {
    if (parts.isLocal && !isFromHere(request)) {
      return sendError(response, 403, {
        error: "this Host is not this machine",
        remedy: "open the console by localhost or its IP address",
      });
    }
    const url = new URL(request.url ?? "/", "http://gateway");
    if (url.pathname.startsWith("/api/v1/")) return parts.prometheus.handle(request, response, url);
    const isQuery = url.pathname.startsWith("/api/") || url.pathname === "/health" || url.pathname === "/metrics";
    if (!isQuery) return parts.files(request, response);
    if (request.method !== "GET" && request.method !== "HEAD") return wrongMethod(response, "GET");
    const nowMs = parts.now();
    parts.settle(nowMs);
    try {
      const { "last-event-id": last } = request.headers;
      const exposition = expositionFor(request.headers.accept ?? "");
      const lastEventId = typeof last === "string" ? last : undefined;
      answer(parts, { path: url.pathname, query: url.searchParams, nowMs, exposition, lastEventId, response });
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      sendError(response, 400, { error: error.message, remedy: error.remedy });
    }
  };
}

/** A page of a stranger can point a name of its own at this machine; it cannot make the browser send another Host. */
function isFromHere({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  return host === "" || host === "localhost" || host.endsWith(".localhost") || /^[\d.]+$/.test(host) || /^\[[0-9a-f:.]+\]$/.test(host);
}

function answer(parts: QueryParts, asked: Asked): void {
  const { store, records } = parts;
  const { path, query, nowMs, response } = asked;
  switch (path) {
    case "/health":
      return sendJson(response, 200, { status: "ok", version: parts.version, instance: parts.instance, series: store.size });
    case "/metrics":
      response.setHeader("vary", "accept");
      return send(response, 200, { type: expositionTypes[asked.exposition], body: parts.metricsText(asked.exposition, nowMs) });
    case "/api/summary":
      return sendJson(response, 200, parts.summary(windowOf(query) * 1000, nowMs));
    case "/api/stream":
      if (parts.stream.add(response, nowMs, asked.lastEventId)) return;
      return sendError(response, 503, { error: "too many listeners", remedy: "close another console or ask /api/summary" });
    case "/api/series":
      return sendJson(response, 200, seriesAnswer(store, selectionOf(query, true), { nowMs, seconds: secondsOf(query) }));
    case "/api/metrics":
      return sendJson(response, 200, metricsAnswer(store, selectionOf(query, false), nowMs));
    case "/api/alerts":
      return sendJson(response, 200, alertsAnswer(parts.rules(), nowMs));
    case "/api/sessions":
      return sendJson(response, 200, { nowMs, sessions: parts.sessions(sessionsAnswered).map(sessionSummary) } satisfies SessionsAnswer);
    case "/api/traces":
      return sendJson(response, 200, tracesAnswer(records, query, nowMs));
    case "/api/logs":
      return sendJson(response, 200, logsAnswer(records, query, nowMs));
    default:
      return oneTrace(records, asked);
  }
}

function oneTrace(records: Records, { path, nowMs, response }: Asked): void {
  const traceId = /^\/api\/traces\/([0-9a-fA-F]{32})$/.exec(path)?.[1]?.toLowerCase();
  if (traceId === undefined) {
    return notFound(response, "ask /api/summary, stream, series?name=, metrics, alerts, sessions, traces, traces/<32 hex digits> or logs");
  }
  sendJson(response, 200, { nowMs, spans: records.traces.trace(traceId).toReversed() } satisfies TracesAnswer);
}

function selectionOf(query: URLSearchParams, isNameRequired: boolean): Selection {
  const name = query.get("name") ?? undefined;
  if (isNameRequired && (name === undefined || name === "")) {
    throw new ParameterError("name is missing", "for example ?name=moq.relay.active_subscribers; /api/metrics lists what there is");
  }
  return { name: name === "" ? undefined : name, service: query.get("service") ?? undefined, attributes: attributesParameter(query) };
}

function windowOf(query: URLSearchParams): number {
  return numberParameter(query, "window", { least: 1, most: longestWindowSeconds, preset: defaultWindowSeconds });
}

function secondsOf(query: URLSearchParams): number {
  return numberParameter(query, "seconds", { least: 1, most: longestSeriesSeconds, preset: longestWindowSeconds });
}
