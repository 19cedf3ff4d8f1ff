import { type Path, toPath } from "@moqscope/lite";
import type { SpanContext } from "@moqscope/telemetry";
import type { LinkClaim } from "../cluster/inbound-link.ts";
import { parseTarget } from "../http/answer.ts";
import { parseTraceparent } from "../http/traceparent.ts";

/** What a client's connect URL says, on whatever transport. */
export interface Entry {
  /** The connect path. */
  readonly root: Path;
  /** The token of `?jwt=`: the last one that is not empty. */
  readonly token: string | undefined;
  readonly traceparent: SpanContext | undefined;
  /** Who the client is among relays, if it says that it is one: nobody is believed without full rights. */
  readonly relay: LinkClaim | undefined;
  /** Path and query as they came, without what is for this connection only; it may hold a token. */
  readonly target: string;
}

/** Reads path and query of a connect URL; `undefined` when they are malformed. */
export function readEntry(target: string | undefined): Entry | undefined {
  const parsed = parseTarget(target);
  if (!parsed) return undefined;
  const { path, query } = parsed;
  const traceparent = parseTraceparent(query.get("traceparent"));
  return { root: toPath(path), token: tokenOf(query), traceparent, relay: claimOf(query), target: withoutTrace(target ?? "/") };
}

function withoutTrace(target: string): string {
  const { pathname, search, searchParams } = new URL(target, "http://relay.invalid");
  if (!searchParams.has("traceparent")) return pathname + search;
  searchParams.delete("traceparent");
  const rest = searchParams.toString();
  return rest === "" ? pathname : `${pathname}?${rest}`;
}

/** Several count as the last one, an empty one as none (relay-behaviour §7.1). */
export function tokenOf(query: URLSearchParams): string | undefined {
  return query.getAll("jwt").findLast((token) => token !== "");
}

function claimOf(query: URLSearchParams): LinkClaim | undefined {
  const name = query.get("relay");
  return name === null ? undefined : { name, url: query.get("node") ?? undefined };
}
