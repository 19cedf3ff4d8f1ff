import { createServer, type RequestListener, type Server } from "node:http";
import type { NodeReport } from "../cluster/report.ts";
import type { SessionReport } from "../session/report.ts";
import type { CacheReport, TrackReport } from "../session/track-report.ts";
import type { WebTransportState } from "../webtransport/web-transports.ts";
import { type Answer, json, parseTarget, send, text } from "./answer.ts";

export interface AdminEndpoints {
  /** Prometheus text; absent when the process keeps no metrics. */
  readonly metricsText: (() => string) | undefined;
  /** Why the public listener should be given no sessions; `undefined` when it takes them. */
  ready(): string | undefined;
  readonly node: string | undefined;
  readonly region: string | undefined;
  sessions(): readonly SessionReport[];
  tracks(): Iterable<TrackReport>;
  cache(): CacheReport;
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
  return json(await endpoints.addWebTransport());
}

const usage =
  "/metrics, /health, /ready, /sessions, /tracks, /cache, /nodes (or /peers) and /config are served here, and POST /webtransport\n";

function ready(why: string | undefined): Answer {
  return why === undefined ? text(200, "ok\n") : text(503, `${why}\n`);
}

function route(endpoints: AdminEndpoints, method: string | undefined, target: string | undefined): Answer {
  if (method !== "GET" && method !== "HEAD") return { ...text(405, "only GET is served here\n"), headers: { allow: "GET, HEAD" } };
  const { path = "", query = new URLSearchParams() } = parseTarget(target) ?? {};
  const { metricsText, config, node, region } = endpoints;
  switch (path) {
    case "/metrics":
      return metricsText
        ? { status: 200, type: "text/plain; version=0.0.4", body: metricsText() }
        : text(404, "this process keeps no metrics\n");
    case "/health":
      return text(200, "ok\n");
    case "/ready":
      return ready(endpoints.ready());
    case "/config":
      return config ? json(config()) : text(404, "this process was told its configuration by a program\n");
    default:
      return list(endpoints, path, { query, name: { node, region } }) ?? text(404, usage);
  }
}

interface Asked {
  readonly query: URLSearchParams;
  /** Whose list it is. */
  readonly name: Readonly<Record<"node" | "region", string | undefined>>;
}

/** What can be long: as much of it as `?limit=` says, and how much there is. */
function list(endpoints: AdminEndpoints, path: string, { query, name }: Asked): Answer | undefined {
  const limit = limitOf(query);
  if (limit === undefined) return text(400, `?limit= is a number from 0 to ${mostItems}\n`);
  const some = <T>(key: string, items: Iterable<T>): Answer => {
    const all = [...items];
    return json({ ...name, total: all.length, [key]: all.slice(0, limit) });
  };
  switch (path) {
    case "/sessions":
      return some("sessions", endpoints.sessions());
    case "/tracks":
      return some("tracks", endpoints.tracks());
    case "/cache": {
      const { broadcasts, ...cache } = endpoints.cache();
      return json({ ...name, ...cache, total: broadcasts.length, broadcasts: broadcasts.slice(0, limit) });
    }
    case "/nodes":
    case "/peers": {
      const nodes = endpoints.nodes();
      return json({ name: name.node, region: name.region, total: nodes.length, nodes: nodes.slice(0, limit) });
    }
    default:
      return undefined;
  }
}

/** Items of one answer: enough for a person, and nothing that holds the relay. */
const usualItems = 1_000;
const mostItems = 10_000;

/** `undefined` where it is no such number. */
function limitOf(query: URLSearchParams): number | undefined {
  const given = query.get("limit");
  if (given === null) return usualItems;
  const limit = Number(given);
  return /^\d+$/.test(given) && limit <= mostItems ? limit : undefined;
}
