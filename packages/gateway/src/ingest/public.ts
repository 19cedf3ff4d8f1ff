import type { IncomingMessage, ServerResponse } from "node:http";
import { formatReportInterval, reportHeaders } from "@moqscope/telemetry";
import type { Authorizer } from "@moqscope/token";
import type { Clock } from "../clock.ts";
import { GatewayError, type RejectReason } from "../error.ts";
import { cmcdFormatOf, formatOf } from "../http/body.ts";
import type { Origins } from "../http/cors.ts";
import type { Handler } from "../http/listener.ts";
import { sendError, sendJson, setRefusalHeaders, statusOf } from "../http/respond.ts";
import type { OwnMetrics } from "../own/own-metrics.ts";
import type { TelemetryTokens } from "../token/telemetry-token.ts";
import { exchangeToken } from "../token/token-face.ts";
import type { Admission, Sender } from "./admission.ts";
import { handlePost, notFound, signalOf, wrongMethod } from "./face.ts";
import type { Pace } from "./pace.ts";
import type { ReportTaker } from "./take-reports.ts";

const limits = { wire: 64 * 1024, inflated: 256 * 1024 } as const;
/** How far the clock of `/v1/time` may be from true time: the gateway cannot know, so it says what an NTP-kept server stays within. */
const timeErrorMs = 50;

export interface PublicParts {
  readonly clock: Clock;
  readonly metrics: OwnMetrics;
  readonly origins: Origins;
  readonly gatewayId: string;
  readonly pace: Pace;
  readonly admission: Admission;
  readonly taker: ReportTaker;
  /** Absent where reports need no token; then `/v1/token` answers 204. */
  readonly exchange: { readonly authorizer: Authorizer; readonly tokens: TelemetryTokens } | undefined;
}

/** The public face (4319): reports of players and publishers by the wire contract, the tokens they need, and the time. */
export function publicFace(parts: PublicParts): Handler {
  const { clock, metrics, origins, admission, pace, taker } = parts;
  return async (request, response) => {
    const tellPace = (): void => void response.setHeader(reportHeaders.interval, formatReportInterval(pace.intervalMs(clock.now())));
    response.setHeader(reportHeaders.gateway, parts.gatewayId);
    tellPace();
    const exchange = { request, response };
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
    if (path === "/v1/token") return await token(parts, exchange);
    const isCmcd = path === "/v1/cmcd";
    if (signal === undefined && !isCmcd)
      return notFound(response, "post OTLP to /v1/metrics, /v1/traces or /v1/logs, CMCD to /v1/cmcd, or get /v1/time");
    if (request.method !== "POST") return wrongMethod(response, "POST");
    const admit = (): Sender => {
      try {
        return admission.admit(request);
      } catch (error) {
        // Who was one too many is told the pace that came of it.
        tellPace();
        throw error;
      }
    };
    if (signal === undefined)
      return await handlePost(
        { clock, metrics, limits, admit, formatOf: cmcdFormatOf, take: (post, sender) => taker.takeCmcd(post, sender) },
        "metrics",
        exchange,
      );
    await handlePost({ clock, metrics, limits, admit, formatOf, take: (post, sender) => taker.take(post, sender) }, signal, exchange);
  };
}

type Exchange = Parameters<typeof exchangeToken>[1];

/** `/v1/token`: what is refused is counted with the reports that it would have been for. */
async function token(parts: PublicParts, exchange: Exchange): Promise<void> {
  const { metrics, admission, exchange: doors } = parts;
  const { request, response } = exchange;
  if (request.method !== "POST") return wrongMethod(response, "POST");
  // not 404: a browser would write it into the console of a page that did nothing wrong
  if (doors === undefined) return void response.writeHead(204).end();
  try {
    admission.count(request);
    await exchangeToken({ ...doors, metrics }, exchange);
  } catch (error) {
    if (!(error instanceof GatewayError) && response.destroyed) return;
    const refusal = error instanceof GatewayError ? error : new GatewayError("malformed", "the request cannot be read", { cause: error });
    metrics.refused("metrics", refusal.code as RejectReason);
    const status = statusOf(refusal);
    setRefusalHeaders(response, status);
    sendError(response, status, { error: `${refusal.code}: ${refusal.message}`, remedy: "post {sid, broadcast, role} as JSON" });
    request.resume();
  }
}

/** Receive time, send time and the server's own error bound, in epoch milliseconds: the middle of an NTP exchange. */
function time(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  const receivedMs = clock.wall();
  if (request.method !== "GET") return wrongMethod(response, "GET");
  sendJson(response, 200, { receivedMs, sentMs: clock.wall(), errorMs: timeErrorMs });
}
