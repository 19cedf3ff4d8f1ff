import type { Summary } from "@moqscope/telemetry/query";
import type { Api } from "../data/api.ts";
import { type Clock, GatewayClock } from "../data/clock.ts";
import { History, momentOf, momentsOf } from "../data/history.ts";
import { loadPast } from "../data/past.ts";
import { type Polled, poll } from "../data/poll.ts";
import { loadSessionDetail } from "../data/session-detail.ts";
import { type EventStream, type LinkState, SummaryStream } from "../data/summary-stream.ts";
import { hashOf, parseRoute, type Route } from "./route.ts";
import type { Actions, ConsoleState } from "./state.ts";
import { applyTheme, nextTheme, storedTheme, type Theme } from "./theme.ts";

const tablePollMs = 1_000;
const detailPollMs = 2_000;

export interface StoreOptions {
  readonly api: Api;
  readonly clock: Clock;
  readonly openStream: () => EventStream;
  /** Called after every change. */
  readonly onChange: () => void;
}

/** What the console knows, and the only place that asks for more: the stream always, the other answers for the open view. */
export class Store implements Actions {
  readonly #options: StoreOptions;
  readonly #gatewayClock: GatewayClock;
  readonly #history = new History();
  readonly #stream: SummaryStream;
  #route: Route = parseRoute(location.hash);
  #theme: Theme = storedTheme();
  #link: LinkState = { kind: "connecting" };
  #summary: Summary | null = null;
  #polls: Pick<ConsoleState, "sessions" | "session" | "logs" | "metrics"> = untouched;
  #wholeTables: ReadonlySet<string> = new Set();
  #stopPolls: () => void = () => {};
  #seeded = false;
  #seeding = new AbortController();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#gatewayClock = new GatewayClock(options.clock);
    applyTheme(this.#theme);
    this.#stream = new SummaryStream({
      open: options.openStream,
      clock: options.clock,
      onSummary: (summary) => this.#hear(summary),
      onState: (link) => this.#linked(link),
    });
    this.#startPolls();
  }

  get state(): ConsoleState {
    return {
      route: this.#route,
      theme: this.#theme,
      link: this.#link,
      nowMs: this.#gatewayClock.now(),
      monotonicMs: this.#options.clock.now(),
      summary: this.#summary,
      moments: this.#history.moments,
      ...this.#polls,
      wholeTables: this.#wholeTables,
    };
  }

  /** Follows the address after it changed. */
  readonly follow = (): void => {
    const route = parseRoute(location.hash);
    if (hashOf(route) === hashOf(this.#route)) return;
    const sameView = route.view === this.#route.view && route.view !== "session";
    this.#route = route;
    if (!sameView) {
      this.#wholeTables = new Set();
      this.#startPolls();
    }
    this.#options.onChange();
  };

  readonly go = (route: Route, replace = false): void => {
    if (replace) history.replaceState(null, "", hashOf(route));
    else history.pushState(null, "", hashOf(route));
    this.follow();
  };

  readonly showAll = (table: string): void => {
    this.#wholeTables = new Set([...this.#wholeTables, table]);
    this.#options.onChange();
  };

  readonly retry = (): void => this.#stream.retry();

  readonly toggleTheme = (): void => {
    this.#theme = nextTheme(this.#theme);
    applyTheme(this.#theme);
    document.dispatchEvent(new Event("console-theme"));
    this.#options.onChange();
  };

  #hear(summary: Summary): void {
    this.#gatewayClock.learn(summary.nowMs);
    this.#summary = summary;
    this.#history.append(momentOf(summary));
    if (!this.#seeded) {
      this.#seeded = true;
      void this.#seed(summary);
    }
    this.#options.onChange();
  }

  /** The graphs' past is read once per connection: what was missed while it was lost is filled in. */
  async #seed(summary: Summary): Promise<void> {
    this.#seeding.abort();
    const seeding = new AbortController();
    this.#seeding = seeding;
    try {
      const past = await loadPast(this.#options.api, seeding.signal);
      if (seeding.signal.aborted) return;
      this.#history.seed(momentsOf(past, summary));
      this.#options.onChange();
    } catch {
      // The graphs then begin with the first summary; the next summary asks again.
      if (!seeding.signal.aborted) this.#seeded = false;
    }
  }

  #linked(link: LinkState): void {
    if (link.kind === "lost") this.#seeded = false;
    const changed = link.kind !== this.#link.kind;
    this.#link = link;
    if (changed || link.kind === "lost") this.#options.onChange();
  }

  #startPolls(): void {
    this.#stopPolls();
    this.#polls = untouched;
    const stops = this.#pollsOf(this.#route);
    this.#stopPolls = () => {
      for (const stop of stops) stop();
    };
  }

  #pollsOf(route: Route): (() => void)[] {
    const { api } = this.#options;
    switch (route.view) {
      case "now":
        return [];
      case "sessions":
        return [this.#poll("sessions", api.sessions, tablePollMs)];
      case "session":
        return [
          this.#poll("sessions", api.sessions, tablePollMs),
          this.#poll("session", (signal) => loadSessionDetail(api, route.sessionId, signal), detailPollMs),
        ];
      case "events":
        return [this.#poll("logs", api.logs, tablePollMs)];
      case "metrics":
        return [this.#poll("metrics", api.metrics, tablePollMs)];
    }
  }

  #poll<T>(key: keyof typeof untouched, load: (signal: AbortSignal) => Promise<T>, intervalMs: number): () => void {
    const onState = (state: Polled<T>): void => {
      this.#polls = { ...this.#polls, [key]: state };
      this.#options.onChange();
    };
    return poll({ load, intervalMs, clock: this.#options.clock, onState });
  }
}

const untouched: Pick<ConsoleState, "sessions" | "session" | "logs" | "metrics"> = {
  sessions: { kind: "loading" },
  session: { kind: "loading" },
  logs: { kind: "loading" },
  metrics: { kind: "loading" },
};
