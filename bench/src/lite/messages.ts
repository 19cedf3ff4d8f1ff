/** The servers that are compared. */
export const contestants = ["ours", "raw", "net"] as const;
export type Contestant = (typeof contestants)[number];
/** What takes a turn: also the same process with nobody to serve, whose cost is in every other's. */
export const entrants = [...contestants, "nobody"] as const;
export type Entrant = (typeof entrants)[number];

/** What the server process is told. */
export type ToServer =
  | { readonly kind: "write"; readonly framesPerSecond: number; readonly seconds: number }
  /** The subscribers have everything: say what it cost. */
  | { readonly kind: "cost" };
export type FromServer =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "wrote"; readonly frames: number }
  | { readonly kind: "cost"; readonly cpuSeconds: number; readonly loopDelayP99Ms: number };

/** What the process of the subscribers is told. */
export type ToSubscribers =
  | { readonly kind: "subscribe"; readonly to: Contestant; readonly port: number; readonly count: number }
  | { readonly kind: "begin"; readonly at: Contestant }
  | { readonly kind: "expect"; readonly frames: number };
export type FromSubscribers =
  | { readonly kind: "subscribed" }
  | { readonly kind: "begun" }
  | { readonly kind: "received"; readonly frames: number; readonly p50Ms: number | undefined; readonly p99Ms: number | undefined };
