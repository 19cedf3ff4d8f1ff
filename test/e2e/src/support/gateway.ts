import type { MetricsAnswer, MetricValue, SessionsAnswer, Summary } from "@moqscope/telemetry/query";

/** The gateway's query API as the tests read it. */
export class GatewayApi {
  readonly #base: string;
  constructor(port: number) {
    this.#base = `http://127.0.0.1:${port}`;
  }
  summary(): Promise<Summary> {
    return this.#get<Summary>("/api/summary");
  }
  sessions(): Promise<SessionsAnswer> {
    return this.#get<SessionsAnswer>("/api/sessions");
  }
  async metrics(): Promise<readonly MetricValue[]> {
    return (await this.#get<MetricsAnswer>("/api/metrics")).metrics;
  }
  /** Sum of the newest values of every series of that name whose attributes match; `undefined` where no such series exists. */
  async sum(name: string, attributes: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    const found = (await this.metrics()).filter(
      (metric) => metric.name === name && Object.entries(attributes).every(([key, value]) => metric.attributes[key] === value),
    );
    return found.length === 0 ? undefined : found.reduce((total, metric) => total + (metric.value ?? metric.histogram?.count ?? 0), 0);
  }
  async #get<T>(path: string): Promise<T> {
    const answer = await fetch(this.#base + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

/** Asks until the answer passes, or throws with the last one after `withinMs`. */
export async function eventually<T>(ask: () => Promise<T>, passes: (answer: T) => boolean, withinMs: number, what = "it"): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (passes(answer)) return answer;
    if (performance.now() > end)
      throw new Error(`${what} did not come within ${withinMs} ms; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
