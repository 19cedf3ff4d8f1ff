import { Copies, derivedShape } from "./copies.ts";
import type { FleetCell, FleetSeries } from "./fleet-series.ts";

/** The series by country: copies of what players count, and how many sessions are live (metrics catalogue, section 5.1). */
export class Countries {
  readonly #series: FleetSeries;
  readonly #copies = new Map<string, Copies>();
  readonly #live = new Map<string, FleetCell>();

  constructor(series: FleetSeries) {
    this.#series = series;
  }

  of(country: string, nowMs: number): Copies {
    let known = this.#copies.get(country);
    if (known === undefined) {
      known = new Copies(this.#series, { key: "country", value: country }, nowMs);
      this.#copies.set(country, known);
    }
    return known;
  }

  /** Tells how many sessions are live; a country that once had some has 0. */
  sample(live: ReadonlyMap<string, number>, nowMs: number): void {
    for (const country of live.keys()) this.#gauge(country, nowMs);
    for (const [country, cell] of this.#live) this.#series.set(cell, live.get(country) ?? 0);
  }

  #gauge(country: string, nowMs: number): void {
    if (this.#live.has(country)) return;
    const shape = derivedShape("moq.client.country.sessions", { country });
    const cell = shape === undefined ? undefined : this.#series.make(shape, nowMs);
    if (cell !== undefined) this.#live.set(country, cell);
  }
}
