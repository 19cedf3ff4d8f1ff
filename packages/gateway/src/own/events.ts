import type { EventAttributes, EventName, LogLevel, Recorder } from "@moqscope/telemetry";
import { declaredValues, events } from "@moqscope/telemetry";
import type { Clock } from "../clock.ts";
import type { Identity } from "../ingest/identity.ts";
import type { Records } from "../store/records.ts";

/** The same thing is told once in this time; how often it happened besides is in `suppressed`. */
const repeatMs = 10_000;

/** Tells what the gateway itself notices: to the log it was given and to its own log store. */
export class OwnEvents {
  readonly #recorder: Pick<Recorder, "event">;
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #identity: Identity;
  readonly #told = new Map<string, { atMs: number; suppressed: number }>();

  constructor(recorder: Pick<Recorder, "event">, parts: { readonly records: Records; readonly clock: Clock; readonly identity: Identity }) {
    this.#recorder = recorder;
    this.#records = parts.records;
    this.#clock = parts.clock;
    this.#identity = parts.identity;
  }

  tell<N extends EventName>(level: LogLevel, name: N, attributes: EventAttributes<N>): void {
    this.#recorder.event(level, name, attributes);
    const nowMs = this.#clock.now();
    const { description, fields } = events[name];
    const pairs = Object.entries(declaredValues(fields, attributes)).map(([key, value]) => [key, String(value)]);
    const values: Record<string, string> = Object.fromEntries(pairs);
    const record = { atMs: nowMs, level, event: name, body: values["message"] ?? description, ...this.#identity, traceId: "", spanId: "" };
    this.#records.takeLogs([{ ...record, attributes: values }], nowMs);
  }

  /** Tells what can happen many times a second: once, then once in ten seconds with how often it was. `kind` tells occasions apart. */
  tellSometimes(kind: string, tell: (suppressed: number) => void): void {
    const nowMs = this.#clock.now();
    const before = this.#told.get(kind);
    if (before !== undefined && nowMs - before.atMs < repeatMs) {
      before.suppressed++;
      return;
    }
    this.#told.set(kind, { atMs: nowMs, suppressed: 0 });
    tell(before?.suppressed ?? 0);
  }
}
