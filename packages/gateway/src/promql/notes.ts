import { positionOf, type Span } from "./query-error.ts";

/** What a query gives beside its result: warnings where it may be wrong, infos where it may not be meant. */
export class Notes {
  readonly #query: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();

  constructor(query: string) {
    this.#query = query;
  }

  warn(what: string, span: Span): void {
    this.#warnings.add(`PromQL warning: ${what} (${positionOf(this.#query, span.from)})`);
  }

  info(what: string, span: Span): void {
    this.#infos.add(`PromQL info: ${what} (${positionOf(this.#query, span.from)})`);
  }

  /** Prometheus answers at most ten of each. */
  get warnings(): string[] {
    return [...this.#warnings].slice(0, 10);
  }

  get infos(): string[] {
    return [...this.#infos].slice(0, 10);
  }
}
