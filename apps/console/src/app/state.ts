import type { LogsAnswer, MetricsAnswer, SessionsAnswer, Summary } from "@moqscope/telemetry/query";
import type { Moment } from "../data/history.ts";
import type { Polled } from "../data/poll.ts";
import type { SessionDetail } from "../data/session-detail.ts";
import type { LinkState } from "../data/summary-stream.ts";
import type { Route } from "./route.ts";
import type { Theme } from "./theme.ts";

/** Everything that the views are drawn from. */
export interface ConsoleState {
  readonly route: Route;
  readonly theme: Theme;
  readonly link: LinkState;
  /** The gateway's time now, epoch milliseconds. */
  readonly nowMs: number;
  /** Monotonic, for the state of the connection. */
  readonly monotonicMs: number;
  readonly summary: Summary | null;
  readonly moments: readonly Moment[];
  readonly sessions: Polled<SessionsAnswer>;
  readonly session: Polled<SessionDetail>;
  readonly logs: Polled<LogsAnswer>;
  readonly metrics: Polled<MetricsAnswer>;
  /** Tables whose rows are all shown. */
  readonly wholeTables: ReadonlySet<string>;
}

/** What a view may ask for. */
export interface Actions {
  readonly go: (route: Route, replace?: boolean) => void;
  readonly showAll: (table: string) => void;
  readonly retry: () => void;
  readonly toggleTheme: () => void;
}
