/** Which pages of browsers are let in, by their exact origin. */
export class Origins {
  #allowed: ReadonlySet<string> | undefined;
  /** @param allowed without it every page is let in */
  constructor(allowed: readonly string[] | undefined) {
    this.replace(allowed);
  }
  /** Lets these in from now on. */
  replace(allowed: readonly string[] | undefined): void {
    this.#allowed = allowed && new Set(allowed.map((origin) => origin.replace(/\/$/, "").toLowerCase()));
  }
  /** Whoever is no page has no origin. */
  admits(origin: string | undefined): boolean {
    return origin === undefined || this.#allowed === undefined || this.#allowed.has(origin.toLowerCase());
  }
  /** The CORS headers of an answer to this origin. */
  headers(origin: string | undefined): Readonly<Record<string, string>> {
    const methods = { "access-control-allow-methods": "GET" };
    if (this.#allowed === undefined) return { "access-control-allow-origin": "*", ...methods };
    if (origin === undefined || !this.admits(origin)) return { vary: "origin" };
    return { "access-control-allow-origin": origin, vary: "origin", ...methods };
  }
}
