import type { Recorder } from "@moqscope/telemetry";
import { ledgerWidth, type PointSpec, type Profile } from "./points.ts";

interface Cell {
  add(value: number): void;
  record(value: number): void;
}

/** Records what a viewer sees with the recorder that its player has, and keeps the truth beside it. */
export class Ledger {
  readonly truth = new Float64Array(ledgerWidth);
  readonly #recorder: Recorder;
  readonly #profile: Profile;
  readonly #cells = new Map<PointSpec, Cell>();

  constructor(recorder: Recorder, profile: Profile) {
    this.#recorder = recorder;
    this.#profile = profile;
  }

  add(spec: PointSpec, value: number): void {
    this.#cell(spec).add(value);
    this.#grow(spec.offset, value);
  }

  record(spec: PointSpec, value: number): void {
    const { bounds = [], offset } = spec;
    this.#cell(spec).record(value);
    const bucket = bounds.findIndex((bound) => value <= bound);
    this.#grow(offset, 1);
    this.#grow(offset + 1, value);
    this.#grow(offset + 2 + (bucket < 0 ? bounds.length : bucket), 1);
  }

  #grow(column: number, by: number): void {
    this.truth[column] = (this.truth[column] ?? 0) + by;
  }

  #cell(spec: PointSpec): Cell {
    let cell = this.#cells.get(spec);
    if (cell === undefined) {
      // names and labels are data here, of either kind in the registry
      const recorder = this.#recorder as unknown as Record<"counter" | "histogram", (name: string, labels: object) => Cell>;
      cell = recorder[spec.bounds === undefined ? "counter" : "histogram"](spec.name, spec.labels(this.#profile));
      this.#cells.set(spec, cell);
    }
    return cell;
  }
}
