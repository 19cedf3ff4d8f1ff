import { createServer, type RequestListener, type Server } from "node:http";
import type { NodeReport } from "../cluster/report.ts";
import type { SessionReport } from "../session/report.ts";
import type { WebTransportState } from "../webtransport/web-transports.ts";
import { type Answer, parseTarget, send, text } from "./answer.ts";

export interface AdminEndpoints {
  /** Prometheus text; absent when the process keeps no metrics. */
  readonly metricsText: (() => string) | undefined;
  /** Whether the public listener takes sessions. */
  ready(): boolean;
  readonly node: string | undefined;
  readonly region: string | undefined;
  sessions(): readonly SessionReport[];
  /** What is in force, without secrets; absent when nobody knows. */
  readonly config: (() => unknown) | undefined;
  /** The relays of the cluster. */
  nodes(): readonly NodeReport[];
  /** Looks again for a QUIC stack where none was found. */
  addWebTransport(): Promise<WebTransportState>;
}

/** The admin listener (relay-behaviour §8.3): plain HTTP without authorisation, for the loopback interface. */
export function adminServer(endpoints: AdminEndpoints): Server {
  const listener: RequestListener = (request, response) => {
    if (request.method === "POST" && parseTarget(request.url)?.path === "/webtransport")
      // Never rejects: a stack that cannot be had is an answer.
      void addWebTransport(endpoints, request.headers.origin).then((answer) => send(response, answer));
    else send(response, route(endpoints, request.method, request.url));
  };
  return createServer({ keepAlive: false, headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 }, listener);
}

/** The one request that changes something, so a page in a browser on this machine may not send it. */
async function addWebTransport(endpoints: AdminEndpoints, origin: string | undefined): Promise<Answer> {
  if (origin !== undefined) return text(403, "not from a browser\n");
  return { status: 200, type: "application/json", body: `${JSON.stringify(await endpoints.addWebTransport())}\n` };
}

function route(endpoints: AdminEndpoints, method: string | undefined, target: string | undefined): Answer {
  if (method !== "GET" && method !== "HEAD") return { ...text(405, "only GET is served here\n"), headers: { allow: "GET, HEAD" } };
  switch (parseTarget(target)?.path) {
    case "/metrics":
      return endpoints.metricsText
        ? { status: 200, type: "text/plain; version=0.0.4", body: endpoints.metricsText() }
        : text(404, "this process keeps no metrics\n");
    case "/health":
      return text(200, "ok\n");
    case "/ready":
      return endpoints.ready() ? text(200, "ok\n") : text(503, "not ready\n");
    case "/sessions": {
      const { node, region } = endpoints;
      return { status: 200, type: "application/json", body: `${JSON.stringify({ node, region, sessions: endpoints.sessions() })}\n` };
    }
    case "/config":
      return endpoints.config
        ? { status: 200, type: "application/json", body: `${JSON.stringify(endpoints.config())}\n` }
        : text(404, "this process was told its configuration by a program\n");
    case "/nodes": {
      const { node, region } = endpoints;
      return { status: 200, type: "application/json", body: `${JSON.stringify({ name: node, region, nodes: endpoints.nodes() })}\n` };
    }
    case undefined:
    default:
      return text(404, "/metrics, /health, /ready, /sessions, /nodes and /config are served here, and POST /webtransport\n");
  }
}
