import { type Path, toPath } from "@moqscope/lite";
import type { SpanContext } from "@moqscope/telemetry";
import { parseTarget } from "../http/answer.ts";
import { parseTraceparent } from "../http/traceparent.ts";

/** What a client's connect URL says, on whatever transport. */
export interface Entry {
  /** The connect path. */
  readonly root: Path;
  readonly traceparent: SpanContext | undefined;
}

/** Reads path and query of a connect URL; `undefined` when they are malformed. */
export function readEntry(target: string | undefined): Entry | undefined {
  const parsed = parseTarget(target);
  return parsed && { root: toPath(parsed.path), traceparent: parseTraceparent(parsed.query.get("traceparent")) };
}
