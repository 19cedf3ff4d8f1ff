/** What any gateway does at least: the body parsed, each series found by a string, and its growth added. No check, no session table. */
export class StringMap {
  readonly #totals = new Map<string, number>();
  readonly #last = new Map<string, number>();

  take(body: Buffer): void {
    const { resourceMetrics } = JSON.parse(body.toString()) as Request;
    for (const { scopeMetrics } of resourceMetrics)
      for (const { metrics } of scopeMetrics)
        for (const { name, sum, histogram } of metrics)
          for (const point of (sum ?? histogram)?.dataPoints ?? []) {
            const labels = point.attributes.map(({ key, value }) => `${key}=${value.stringValue}`).join(",");
            this.#add(`${name}{${labels}}`, Number(point.asDouble ?? point.sum ?? 0));
            for (const [bucket, count] of (point.bucketCounts ?? []).entries()) this.#add(`${name}{${labels}}${bucket}`, Number(count));
          }
  }

  #add(key: string, value: number): void {
    this.#totals.set(key, (this.#totals.get(key) ?? 0) + value - (this.#last.get(key) ?? 0));
    this.#last.set(key, value);
  }
}

interface Points {
  readonly dataPoints: readonly {
    readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
    readonly asDouble?: number;
    readonly sum?: number;
    readonly bucketCounts?: readonly string[];
  }[];
}
interface Request {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly { readonly name: string; readonly sum?: Points; readonly histogram?: Points }[];
    }[];
  }[];
}
