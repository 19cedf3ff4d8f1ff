import { Fleet, type FleetMeter } from "../fleet/fleet.ts";
import type { FleetIngest, ReportAnswer } from "../fleet/fleet-ingest.ts";
import { type FleetLimits, limitsFor } from "../fleet/limits.ts";
import { type SessionContext, unknownContext } from "../fleet/session-context.ts";
import type { SessionTable } from "../fleet/session-table.ts";
import { Vocabulary } from "../fleet/vocabulary.ts";
import { Store } from "../store/store.ts";

const vocabulary = new Vocabulary();

/** The merging part of one gateway process, without HTTP. */
export class FleetProcess {
  readonly id: string;
  readonly store: Store = new Store({ seriesLimit: 20_000, intervalMs: 10_000 });
  readonly fleet: Fleet;
  readonly counts: Record<string, number> = {};
  #nowMs = 0;

  constructor(id: string, given: Partial<FleetLimits> = {}) {
    this.id = id;
    const meter: FleetMeter = {
      rejected: (reason, count) => this.#count(`rejected ${reason}`, count),
      resync: (reason) => this.#count(`resync ${reason}`),
      duplicate: () => this.#count("duplicate"),
      gap: (missing) => this.#count("gap", missing),
      points: (result, count) => this.#count(result, count),
      clamped: (rule) => this.#count(`clamped ${rule}`),
      skew: () => {},
      overflow: (count) => this.#count("overflow", count),
      evicted: (reason) => this.#count(`evicted ${reason}`),
    };
    const limits = limitsFor(10_000, given);
    this.fleet = new Fleet({ gatewayId: id, limits, vocabulary, store: this.store, instance: "test", meter });
  }

  get ingest(): FleetIngest {
    return this.fleet.ingest;
  }

  get table(): SessionTable {
    return this.fleet.table;
  }

  /** Takes a body of OTLP/JSON as the public ingest does. */
  take(body: unknown, nowMs: number, gateway: string | undefined = this.id, context: SessionContext = unknownContext): ReportAnswer {
    const text = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    return this.takeBytes(text, nowMs, { gateway, context });
  }

  takeBytes(
    body: Uint8Array,
    nowMs: number,
    { gateway = this.id, context = unknownContext, format = "otlp_json" as "otlp_json" | "otlp_proto" } = {},
  ): ReportAnswer {
    this.#nowMs = nowMs;
    return this.fleet.ingest.take(format, body, { nowMs, gateway, context });
  }

  expire(nowMs: number): void {
    this.#nowMs = nowMs;
    this.fleet.table.expire(nowMs);
  }

  /** Sum of a metric over its series: the value, or one column of a histogram. */
  total(name: string, column = 0): number {
    this.fleet.series.flush(this.#nowMs);
    let total = 0;
    for (const series of this.store.named(name)) total += series.newest(column);
    return total;
  }

  /** Every number of every series, to see whether anything moved. */
  state(): string {
    this.fleet.series.flush(this.#nowMs);
    return JSON.stringify([...this.store.all()].map(({ shape, row }) => [shape.name, shape.attributes, [...row]]));
  }

  #count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }
}
