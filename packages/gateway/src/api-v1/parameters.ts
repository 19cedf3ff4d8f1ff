import type { IncomingMessage } from "node:http";
import { GatewayError } from "../error.ts";
import { readBody } from "../http/body.ts";
import { durationMs } from "../promql/literals.ts";
import { parse } from "../promql/parse.ts";
import { QueryError } from "../promql/query-error.ts";
import type { Matcher } from "../tsdb/matcher.ts";

const bodyLimits = { wire: 256 * 1024, inflated: 256 * 1024 };

/** What a request asks: its query string, and its form where it is a POST. Throws QueryError `bad_data`. */
export async function parametersOf(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  if (request.method !== "POST") return url.searchParams;
  try {
    const form = new URLSearchParams((await readBody(request, bodyLimits)).toString());
    for (const [name, value] of url.searchParams) form.append(name, value);
    return form;
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw new QueryError("bad_data", `error parsing form values: ${cause.message}`, { cause });
  }
}

function wrong(name: string, what: string): QueryError {
  return new QueryError("bad_data", `invalid parameter ${JSON.stringify(name)}: ${what}`);
}

/** A moment: seconds since the epoch or RFC 3339. `undefined` where it is not given. Throws QueryError `bad_data`. */
export function timeParameter(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name) ?? "";
  if (text === "") return undefined;
  const ms = /^-?\d+(?:\.\d*)?(?:e\d+)?$/i.test(text)
    ? Math.round(Number(text) * 1000)
    : /^\d{4}-\d\d-\d\dT/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) throw wrong(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  return ms;
}

/** The same where it must be given. */
export function neededTime(parameters: URLSearchParams, name: string): number {
  const ms = timeParameter(parameters, name);
  if (ms === undefined) throw wrong(name, 'cannot parse "" to a valid timestamp');
  return ms;
}

/** A duration: seconds or such as `15s`; milliseconds. Throws QueryError `bad_data`. */
export function durationParameter(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name) ?? "";
  if (text === "") return undefined;
  const ms = durationMs(text) ?? Math.round(Number(text) * 1000);
  if (!Number.isFinite(ms)) throw wrong(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
  return ms;
}

/** Most entries of an answer; 0: as many as there are. Throws QueryError `bad_data`. */
export function limitParameter(parameters: URLSearchParams, name = "limit"): number {
  const text = parameters.get(name) ?? "";
  const limit = text === "" ? 0 : Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw wrong(name, `cannot parse ${JSON.stringify(text)} to a limit`);
  return limit;
}

/** The selectors of `match[]`. Throws QueryError `bad_data`. */
export function selectorsOf(parameters: URLSearchParams): (readonly Matcher[])[] {
  return parameters.getAll("match[]").map((text) => {
    const expr = parse(text);
    if (expr.kind !== "selector") throw wrong("match[]", `${JSON.stringify(text)} is no series selector`);
    return expr.matchers;
  });
}
