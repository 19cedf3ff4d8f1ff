import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { GatewayError } from "../error.ts";
import { type BodyLimits, readBody } from "../http/body.ts";
import { send, sendError, setRefusalHeaders, statusOf } from "../http/respond.ts";
import { encodeAnswer, encodeStatus, type Format, type Partial, type Signal } from "../otlp/answer.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";

/** google.rpc.Code by HTTP status, for the error body of OTLP/HTTP. */
const rpcCodes: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 413: 3, 415: 3, 429: 8, 500: 13, 503: 14 };

const signals: Readonly<Record<string, Signal>> = { "/v1/metrics": "metrics", "/v1/traces": "traces", "/v1/logs": "logs" };

/** The OTLP signal that a path takes. */
export function signalOf(path: string): Signal | undefined {
  return Object.hasOwn(signals, path) ? signals[path] : undefined;
}

/** How a body is written: OTLP, or CMCD, whose answers are those of OTLP/JSON. */
export type BodyFormat = Format | "cmcd";

export interface Post<F extends BodyFormat = Format> {
  readonly signal: Signal;
  readonly format: F;
  readonly body: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
/** A face of the gateway; `Sender` is what it knows of who sends before it reads. */
export interface FaceParts<F extends BodyFormat, Sender> {
  readonly clock: Clock;
  readonly metrics: OwnMetrics;
  readonly limits: BodyLimits;
  /** The format that the request's Content-Type names. Throws GatewayError `content_type`. */
  formatOf(request: IncomingMessage): F;
  /** Refuses before the body is read. Throws GatewayError. */
  admit(request: IncomingMessage): Sender;
  /** Stores a request. Throws GatewayError; then nothing was stored. */
  take(post: Post<F>, sender: Sender): Partial;
}

/** POST of one report: read, decode, store, answer; every refusal is counted and answered in the format of the request. */
export async function handlePost<F extends BodyFormat, Sender>(
  parts: FaceParts<F, Sender>,
  signal: Signal,
  exchange: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const { clock, metrics } = parts;
  const { request, response } = exchange;
  const startMs = clock.now();
  let answerFormat: Format = "otlp_json";
  try {
    const format = parts.formatOf(request);
    answerFormat = answerFormatOf(format);
    const sender = parts.admit(request);
    const body = await readBody(request, parts.limits);
    metrics.requestSize(signal).record(body.length);
    const partial = parts.take({ signal, format, body, request, response }, sender);
    metrics.accepted(signal, format);
    send(response, 200, { type: contentType(answerFormat), body: encodeAnswer(signal, answerFormat, partial) });
  } catch (error) {
    refuse({ metrics, signal, format: answerFormat, response }, error);
    request.resume();
  }
  metrics.ingestTime(signal).record((clock.now() - startMs) / 1000);
}

interface Refusal {
  readonly metrics: OwnMetrics;
  readonly signal: Signal;
  readonly format: Format;
  readonly response: ServerResponse;
}

function refuse({ metrics, signal, format, response }: Refusal, error: unknown): void {
  // a connection that broke while its body was read has nobody to answer
  if (!(error instanceof GatewayError) && response.destroyed) return;
  const refusal = error instanceof GatewayError ? error : new GatewayError("malformed", "the request cannot be read", { cause: error });
  metrics.refused(signal, refusal.code as Parameters<OwnMetrics["refused"]>[1]);
  const status = statusOf(refusal);
  setRefusalHeaders(response, status);
  send(response, status, {
    type: contentType(format),
    body: encodeStatus(format, rpcCodes[status] ?? 2, `${refusal.code}: ${refusal.message}`),
  });
}

function answerFormatOf(format: BodyFormat): Format {
  return format === "cmcd" ? "otlp_json" : format;
}

function contentType(format: Format): string {
  return format === "otlp_json" ? "application/json" : "application/x-protobuf";
}

/** Answers a path that no listener of ours has. */
export function notFound(response: ServerResponse, remedy: string): void {
  sendError(response, 404, { error: "there is nothing at this path", remedy });
}

/** Answers a method that the path does not take. */
export function wrongMethod(response: ServerResponse, allow: string): void {
  response.setHeader("allow", allow);
  sendError(response, 405, { error: "this path does not take that method", remedy: `use ${allow}` });
}
