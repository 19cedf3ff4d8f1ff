import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import type { Api } from "./api.ts";

/** The eight contiguous parts of a startup, in order (span names `moq.startup.<phase>`). */
export const startupPhases = ["connect", "setup", "announce", "catalog", "subscribe", "first_object", "decode", "render"] as const;
export type StartupPhase = (typeof startupPhases)[number];

export interface PhaseBar {
  readonly phase: StartupPhase;
  readonly span: SpanRecord;
  /** Offset from the start of the attempt and length, milliseconds. */
  readonly offsetMs: number;
  readonly lengthMs: number;
}

/** One play attempt of a session as its spans tell it. */
export interface Startup {
  readonly traceId: string;
  readonly startMs: number;
  readonly lengthMs: number;
  readonly error: string | null;
  readonly bars: readonly PhaseBar[];
}

/** What is known of one session. */
export interface SessionDetail {
  readonly startups: readonly Startup[];
  readonly logs: readonly LogRecord[];
}

const prefix = "moq.startup.";
const isPhase = (name: string): StartupPhase | undefined => startupPhases.find((phase) => `${prefix}${phase}` === name);

/** Whether a span or log record was sent by a session: by attribute, or by the instance where that is the session. */
export function ofSession(
  sessionId: string,
): (record: { readonly attributes: Readonly<Record<string, string>>; readonly instance: string }) => boolean {
  return (record) => record.attributes["session.id"] === sessionId || record.instance === sessionId;
}

/** The session's play attempts that have phases, newest first. */
export function startupsOf(spans: readonly SpanRecord[], sessionId: string): Startup[] {
  const mine = spans.filter(ofSession(sessionId));
  const traceIds = new Set(mine.map((span) => span.traceId));
  const attempts: Startup[] = [];
  for (const traceId of traceIds) {
    // Phases may carry the session only through the trace that they share with their root.
    const trace = spans.filter((span) => span.traceId === traceId);
    const phases = trace.filter((span) => isPhase(span.name) !== undefined);
    if (phases.length === 0) continue;
    const root = trace.find((span) => span.name === "moq.session.start");
    attempts.push(startup(traceId, phases, root));
  }
  return attempts.sort((a, b) => b.startMs - a.startMs);
}

function startup(traceId: string, phases: readonly SpanRecord[], root: SpanRecord | undefined): Startup {
  const startMs = Math.min(...phases.map((span) => span.startMs));
  const endMs = Math.max(...phases.map((span) => span.endMs));
  const bars = startupPhases.flatMap((phase): PhaseBar[] => {
    const span = phases.find((one) => one.name === `${prefix}${phase}`);
    return span === undefined ? [] : [{ phase, span, offsetMs: span.startMs - startMs, lengthMs: Math.max(0, span.endMs - span.startMs) }];
  });
  const error = root?.error ?? phases.find((span) => span.error !== null)?.error ?? null;
  return { traceId, startMs, lengthMs: endMs - startMs, error, bars };
}

/** The session's log records, newest first: its own and those of its traces. */
export function logsOf(logs: readonly LogRecord[], sessionId: string, traceIds: ReadonlySet<string>): LogRecord[] {
  const mine = ofSession(sessionId);
  return logs.filter((record) => mine(record) || (record.traceId !== "" && traceIds.has(record.traceId))).sort((a, b) => b.atMs - a.atMs);
}

/** Reads what is known of a session: its newest traces whole, and the log records beside them. */
export async function loadSessionDetail(api: Api, sessionId: string, signal: AbortSignal): Promise<SessionDetail> {
  const [{ spans }, { logs }] = await Promise.all([api.traces(signal), api.logs(signal)]);
  const traceIds = new Set(spans.filter(ofSession(sessionId)).map((span) => span.traceId));
  // The list of spans is bounded: a trace may have lost its older part there, but not under its own address.
  const traces = await Promise.all([...traceIds].slice(0, 5).map((traceId) => api.trace(traceId, signal)));
  const whole = traces.flatMap((trace) => trace.spans);
  return { startups: startupsOf(whole, sessionId), logs: logsOf(logs, sessionId, traceIds) };
}
