/** What the gateway itself knows of a session, never the report: its token, a trusted edge, its User-Agent. Held from a session's first report on. */
export interface SessionContext {
  /** Path that the session's token was made for (claim `broadcast`); `undefined` where reports need no token. */
  readonly broadcast: string | undefined;
  /** ISO 3166-1 alpha-2; `ZZ` where nobody said. What is no country counts as `ZZ`. */
  readonly country: string;
  /** The header as it came: browser family and device class are read from it, the rest is not kept. */
  readonly userAgent: string;
}

/** A session of which nothing is known. */
export const unknownContext: SessionContext = { broadcast: undefined, country: "ZZ", userAgent: "" };
