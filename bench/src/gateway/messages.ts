/** What takes a turn in one process, without a network. */
export const entrants = ["ours", "packed", "reference"] as const;
export type Entrant = (typeof entrants)[number];

export type ToMerger =
  | { readonly kind: "turn"; readonly entrant: Entrant; readonly seconds: number }
  | { readonly kind: "memory"; readonly sessions: number; readonly points: number };
export type FromMerger =
  | { readonly kind: "ready" }
  | { readonly kind: "turn"; readonly perSecond: number }
  | { readonly kind: "memory"; readonly bytes: number; readonly points: number };

export type ToServer = { readonly kind: "cost" };
export type FromServer =
  | { readonly kind: "listening"; readonly ingestUrl: string; readonly consoleUrl: string; readonly id: string }
  /** Since it was asked last. */
  | { readonly kind: "cost"; readonly cpuSeconds: number; readonly loopDelayP99Ms: number; readonly ingestP99Ms: number | undefined };

export type ToLoad = {
  readonly kind: "send";
  readonly ingestUrl: string;
  readonly consoleUrl: string;
  readonly gateway: string;
  readonly seconds: number;
  /** Requests a second; 0 is as many as are answered. */
  readonly perSecond: number;
  /** Readers of the console's stream. */
  readonly consoles: number;
};
export type FromLoad =
  | { readonly kind: "ready" }
  | {
      readonly kind: "sent";
      readonly answered: number;
      readonly refused: number;
      readonly seconds: number;
      readonly p50Ms: number | undefined;
      readonly p99Ms: number | undefined;
      readonly streamed: number;
    };
