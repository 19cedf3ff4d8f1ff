import type { SessionState } from "@moqscope/telemetry";
import { reportAttributes as names, sets } from "@moqscope/telemetry";
import { malformed } from "../error.ts";
import type { Attributes } from "../otlp/model.ts";
import { sessionServices } from "./session-columns.ts";
import type { FleetService } from "./vocabulary.ts";

const sessionIdForm = /^[A-Za-z0-9_-]{16,64}$/;

/** Who reports, from the resource of a request to the public ingest (fleet aggregation, section 3). */
export interface SessionIdentity {
  readonly service: FleetService;
  readonly sessionId: string;
}
/** What a report says of itself beside its points. `order` is absent in those of a stock SDK. */
export interface ReportHead extends SessionIdentity {
  readonly order: { readonly sequence: number; readonly acked: number } | undefined;
  readonly elapsedMs: number;
  readonly state: SessionState;
  readonly isFinal: boolean;
}

/** Whether a value can be the id of a session. */
export function isSessionId(value: unknown): value is string {
  return typeof value === "string" && sessionIdForm.test(value);
}

/** Throws GatewayError `malformed`, without the id in its message: an answer or a log line never repeats what a stranger sent. */
export function readIdentity(resource: Attributes): SessionIdentity {
  const given = resource.get(names.service);
  const service = sessionServices.find((name) => name === given);
  if (service === undefined)
    throw malformed(`service.name must be one of ${sessionServices.join(", ")}; other services report to the trusted port`);
  const sessionId = resource.get(names.session) ?? resource.get("service.instance.id");
  if (!isSessionId(sessionId)) throw malformed("session.id must be 16 to 64 of A-Z a-z 0-9 _ -");
  return { service, sessionId };
}

/** Throws GatewayError `malformed`. */
export function readHead(resource: Attributes): ReportHead {
  const sequence = integer(resource, names.sequence, 1);
  const acked = integer(resource, names.acked, 0);
  if ((sequence === undefined) !== (acked === undefined)) throw malformed("moq.report.sequence and moq.report.acked go together");
  return {
    ...readIdentity(resource),
    order: sequence === undefined || acked === undefined ? undefined : { sequence, acked },
    elapsedMs: integer(resource, names.elapsedMs, 0) ?? 0,
    state: stateOf(resource.get(names.state)),
    isFinal: resource.get(names.final) === true,
  };
}

function integer(resource: Attributes, key: string, least: number): number | undefined {
  const value = resource.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least)
    throw malformed(`${key} must be an integer from ${least}`);
  return value;
}

function stateOf(value: unknown): SessionState {
  return sets.sessionState.values.find((state) => state === value) ?? "other";
}
