import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson } from "../http/respond.ts";
import { defaultQueryLimits, type QueryLimits } from "../promql/budget.ts";
import { type Answer, instantQuery, type RunOptions, rangeQuery } from "../promql/engine.ts";
import { QueryError, type QueryErrorType } from "../promql/query-error.ts";
import type { GroupStatus } from "../rules/rule-groups.ts";
import type { HistoryStore } from "../tsdb/history-store.ts";
import { type WireResult, wireResult } from "./format.ts";
import { Gate } from "./gate.ts";
import { metadata } from "./metadata.ts";
import { durationParameter, limitParameter, neededTime, parametersOf, timeParameter } from "./parameters.ts";
import { listAlerts, listRules } from "./rules.ts";
import { listLabels, listSeries, listValues } from "./series.ts";

/** The Prometheus whose query language this is. */
export const prometheusVersion = "3.15.0";

const statuses: Readonly<Record<QueryErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  canceled: 499,
  unavailable: 503,
  not_found: 404,
};

export interface ApiParts {
  readonly history: HistoryStore;
  readonly version: string;
  readonly limits?: Partial<QueryLimits>;
  /** Rules that are evaluated here. */
  rules(): readonly GroupStatus[];
  now(): number;
}
interface Asked {
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly signal: AbortSignal;
}
interface Success {
  readonly data: unknown;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** Prometheus' HTTP API, as far as a data source of Grafana needs it; `/api/v1/*` of the console's listener. */
export class PrometheusApi {
  readonly #parts: ApiParts;
  readonly #gate = new Gate({ running: 2, waiting: 50 });

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** Answers a request whose path begins with `/api/v1/`. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    try {
      if (!["GET", "HEAD", "POST"].includes(request.method ?? "")) throw new QueryError("bad_data", "ask by GET or POST");
      const parameters = await parametersOf(request, url);
      const { data, warnings = [], infos = [] } = await this.#answer({ path: url.pathname, parameters, signal: gone.signal });
      sendJson(response, 200, {
        status: "success",
        data,
        ...(warnings.length === 0 ? {} : { warnings }),
        ...(infos.length === 0 ? {} : { infos }),
      });
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      sendJson(response, statuses[error.type], { status: "error", errorType: error.type, error: error.message });
    }
  }

  async #answer(asked: Asked): Promise<Success> {
    const { history, version } = this.#parts;
    const { path, parameters } = asked;
    switch (path) {
      case "/api/v1/query":
        return this.#gate.run(() => this.#instant(asked));
      case "/api/v1/query_range":
        return this.#gate.run(() => this.#range(asked));
      case "/api/v1/series":
        return listSeries(history, parameters);
      case "/api/v1/labels":
        return listLabels(history, parameters);
      case "/api/v1/metadata":
        return { data: metadata({ metric: parameters.get("metric") ?? undefined, limit: limitParameter(parameters) }) };
      case "/api/v1/rules":
        return { data: listRules(this.#parts.rules(), parameters.get("type")) };
      case "/api/v1/alerts":
        return { data: listAlerts(this.#parts.rules()) };
      case "/api/v1/status/buildinfo":
        return { data: buildInfo(version) };
    }
    const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1];
    if (label !== undefined) return listValues(history, labelName(label), parameters);
    throw new QueryError("not_found", `${path} is not served here; docs/gateway-query.md lists what is`);
  }

  async #instant(asked: Asked): Promise<Success> {
    const atMs = timeParameter(asked.parameters, "time") ?? Math.floor(this.#parts.now());
    return success(await instantQuery(queryOf(asked), this.#parts.history, atMs, this.#options(asked)));
  }

  async #range(asked: Asked): Promise<Success> {
    const { parameters } = asked;
    const [startMs, endMs] = [neededTime(parameters, "start"), neededTime(parameters, "end")];
    if (endMs < startMs) throw new QueryError("bad_data", 'invalid parameter "end": end timestamp must not be before start timestamp');
    const stepMs = durationParameter(parameters, "step");
    if (stepMs === undefined) throw new QueryError("bad_data", 'invalid parameter "step": cannot parse "" to a valid duration');
    if (stepMs <= 0) {
      throw new QueryError(
        "bad_data",
        'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
      );
    }
    return success(await rangeQuery(queryOf(asked), this.#parts.history, { startMs, endMs, stepMs }, this.#options(asked)));
  }

  #options({ parameters, signal }: Asked): RunOptions {
    const limits = { ...defaultQueryLimits, ...this.#parts.limits };
    const timeoutMs = durationParameter(parameters, "timeout");
    const lookbackMs = durationParameter(parameters, "lookback_delta");
    return {
      signal,
      limits: timeoutMs === undefined ? limits : { ...limits, timeMs: Math.min(timeoutMs, limits.timeMs) },
      ...(lookbackMs === undefined || lookbackMs <= 0 ? {} : { lookbackMs }),
    };
  }
}

function queryOf({ parameters }: Asked): string {
  const query = parameters.get("query") ?? "";
  if (query.trim() === "")
    throw new QueryError("bad_data", 'invalid parameter "query": unknown position: parse error: no expression found in input');
  return query;
}

function success({ result, warnings, infos }: Answer): { readonly data: WireResult } & Success {
  return { data: wireResult(result), warnings, infos };
}

/** A label's name in a path; Prometheus writes other characters than a name's as `U__…`, which no series here needs. */
function labelName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new QueryError("bad_data", `invalid label name: ${JSON.stringify(text)}`, { cause });
  }
}

function buildInfo(version: string): Readonly<Record<string, string>> {
  return { version: prometheusVersion, revision: `moqscope-gateway ${version}`, branch: "", buildUser: "", buildDate: "", goVersion: "" };
}
