import type { CycleResource, Point } from "./metrics-request.ts";
import type { OwnService, SeriesView } from "./series-view.ts";

interface Heard {
  readonly service: string;
  readonly series: SeriesView;
}
/** The points of one cycle by service. */
export interface BirthCycle {
  readonly services: readonly { readonly service: string; readonly points: CycleResource["points"] }[];
  /** Whether every point has its value, none stands at zero for the first time. */
  readonly isWhole: boolean;
  /** To be called once the cycle has arrived. */
  arrived(): void;
}

/**
 * What the receiver has heard of: a counter that is new is told once at zero before its value (`increase()` of a series born at 1 is 0),
 * and one that is gone is told once as ended. Only a cycle that arrived changes what was heard.
 */
export class Births {
  readonly #bornMs: number;
  #heard = new Map<string, Heard>();

  /** `bornMs`: when this process began. A series that is older was restored, and the receiver knows it. */
  constructor(bornMs: number) {
    this.#bornMs = bornMs;
  }

  cycle(given: readonly OwnService[]): BirthCycle {
    const heard = new Map<string, Heard>();
    const byService = new Map<string, Point[]>();
    let isWhole = true;
    for (const { service, series } of given) {
      const points = pointsOf(byService, service);
      for (const each of series) {
        heard.set(each.key, { service, series: each });
        const isNew = this.#isNew(each);
        points.push({ series: each, standing: isNew ? "zero" : "value" });
        if (isNew) isWhole = false;
      }
    }
    for (const [key, { service, series }] of this.#heard) {
      if (!heard.has(key)) pointsOf(byService, service).push({ series, standing: "ended" });
    }
    return {
      services: [...byService].map(([service, points]) => ({ service, points })),
      isWhole,
      arrived: () => {
        this.#heard = heard;
      },
    };
  }

  #isNew({ key, record, row, startMs }: SeriesView): boolean {
    if (record.instrument !== "counter" && record.instrument !== "histogram") return false;
    return (row[0] ?? 0) !== 0 && startMs >= this.#bornMs && !this.#heard.has(key);
  }
}

function pointsOf(byService: Map<string, Point[]>, service: string): Point[] {
  let points = byService.get(service);
  if (points === undefined) byService.set(service, (points = []));
  return points;
}
