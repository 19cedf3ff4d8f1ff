import type { TransportLabel } from "../../measure/transport-label.ts";
import type { Attempt } from "./attempt.ts";
import type { PlayerInstruments } from "./instruments.ts";

export interface ConnectionReport {
  readonly broadcast: string;
  readonly transport: TransportLabel;
  readonly result: Parameters<PlayerInstruments["connection"]>[1];
  readonly elapsedMs: number;
  /** Parts that a startup phase of their own does not show, milliseconds; absent where there was none. */
  readonly parts: { readonly resolve?: number; readonly certificate?: number };
  /** Epoch milliseconds. */
  readonly endMs: number;
}
/** Counts a try to connect and draws it as a span of the play attempt it belonged to. */
export function tellConnection(instruments: PlayerInstruments, attempt: Attempt, report: ConnectionReport): void {
  const { broadcast, transport, result, elapsedMs, endMs } = report;
  const { resolve, certificate } = report.parts;
  instruments.connection(transport, result);
  const attributes = {
    "moq.broadcast": broadcast,
    "moq.transport": transport,
    "moq.result": result,
    ...(resolve === undefined ? {} : { "moq.resolve_s": resolve / 1000 }),
    ...(certificate === undefined ? {} : { "moq.certificate_s": certificate / 1000 }),
  };
  const startMs = endMs - elapsedMs;
  attempt.whenClosed(() => instruments.span("moq.connect", attributes, { startMs, endMs, ...(result === "ok" ? {} : { error: result }) }));
}
