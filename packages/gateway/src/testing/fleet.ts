import { FleetIngest, type FleetMeter } from "../fleet/fleet-ingest.ts";
import { FleetSeries } from "../fleet/fleet-series.ts";
import { type FleetLimits, limitsFor } from "../fleet/limits.ts";
import { unknownContext } from "../fleet/session-context.ts";
import { SessionTable } from "../fleet/session-table.ts";
import { writeTimeout } from "../fleet/timeout.ts";
import { Vocabulary } from "../fleet/vocabulary.ts";
import { Store } from "../store/store.ts";

const vocabulary = new Vocabulary();

/** The merging part of one gateway process, without HTTP. */
export class FleetProcess {
  readonly id: string;
  readonly store = new Store({ seriesLimit: 20_000, intervalMs: 10_000 });
  readonly series = new FleetSeries(this.store, "test");
  readonly counts: Record<string, number> = {};
  readonly table: SessionTable;
  readonly ingest: FleetIngest;
  #nowMs = 0;

  constructor(id: string, limits: Partial<FleetLimits> = {}) {
    this.id = id;
    const all = limitsFor(10_000, limits);
    this.table = new SessionTable(all, (session, reason) => {
      this.#count(`evicted ${reason}`);
      if (reason === "idle" && session.endedMs === undefined) writeTimeout(session, { vocabulary, series: this.series }, this.#nowMs);
    });
    const meter: FleetMeter = {
      rejected: (reason, count) => this.#count(`rejected ${reason}`, count),
      resync: (reason) => this.#count(`resync ${reason}`),
      duplicate: () => this.#count("duplicate"),
      gap: (missing) => this.#count("gap", missing),
      points: (result, count) => this.#count(result, count),
    };
    this.ingest = new FleetIngest({ gatewayId: id, limits: all, vocabulary, table: this.table, series: this.series, meter });
  }

  /** Takes a body of OTLP/JSON as the public ingest does. */
  take(body: unknown, nowMs: number, gateway: string | undefined = this.id): ReturnType<FleetIngest["ingest"]> {
    this.#nowMs = nowMs;
    const text = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    return this.ingest.take("otlp_json", text, { nowMs, gateway, context: unknownContext });
  }

  expire(nowMs: number): void {
    this.#nowMs = nowMs;
    this.table.expire(nowMs);
  }

  /** Sum of a metric over its series: the value, or one column of a histogram. */
  total(name: string, column = 0): number {
    this.series.flush(this.#nowMs);
    let total = 0;
    for (const series of this.store.named(name)) total += series.newest(column);
    return total;
  }

  /** Every number of every series, to see whether anything moved. */
  state(): string {
    this.series.flush(this.#nowMs);
    return JSON.stringify(
      [...this.store.all()].map(({ shape, ring }) => [
        shape.name,
        shape.attributes,
        Array.from({ length: ring.width }, (_, i) => ring.at(ring.size - 1, i)),
      ]),
    );
  }

  #count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }
}
