import { type increase, minus, plus, rate, ratio, sum, type Vector, type Window } from "../expression.ts";
import { atMost, counter, samples } from "../series.ts";

/** Windows of the burn rates, shortest first. */
export const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const satisfies readonly Window[];
export type SloWindow = (typeof windows)[number];

/** A long and a short window, both of which must burn faster than `factor` times what the budget allows (SRE Workbook, "Alerting on SLOs"). */
export const burns = [
  { long: "1h", short: "5m", factor: 14.4, severity: "page", forSeconds: 120 },
  { long: "6h", short: "30m", factor: 6, severity: "page", forSeconds: 300 },
  { long: "1d", short: "2h", factor: 3, severity: "ticket", forSeconds: 900 },
  { long: "3d", short: "6h", factor: 1, severity: "ticket", forSeconds: 1800 },
] as const;
type LongWindow = (typeof burns)[number]["long"];

/** What is promised to viewers over 30 days. */
export interface Slo {
  readonly name: "join" | "startup" | "rebuffer" | "latency" | "forward";
  /** As it stands in alert names. */
  readonly title: string;
  readonly service: "moq-player" | "moq-relay";
  /** Good events of all. */
  readonly objective: number;
  /** What may be bad of all: 1 less the objective, spelled so that no rounding shows. */
  readonly budget: number;
  /** What is bad, for a person: "x % of …". */
  readonly bad: string;
  readonly events: string;
  /** Events in the long window below which nothing is said: at the threshold, at least five of them are bad. */
  readonly leastEvents: Readonly<Record<LongWindow, number>>;
  badEvents(of: Measure, window: Window): Vector<never>;
  allEvents(of: Measure, window: Window): Vector<never>;
}
/** Events per second or within the window. */
export type Measure = typeof rate | typeof increase;

const startup = "moq.client.startup_time";
const latency = "moq.client.latency";
const forward = "moq.relay.forward_time";
const attempts = "moq.client.play_attempts";
const toClients = { peer: "client" } as const;
const tight = { "1h": 70, "6h": 167, "1d": 334, "3d": 1000 } as const;
const loose = { "1h": 20, "6h": 30, "1d": 34, "3d": 100 } as const;

/** The five of dashboards and alerts, section 4. */
export const slos: readonly Slo[] = [
  {
    name: "join",
    title: "Join",
    service: "moq-player",
    objective: 0.995,
    budget: 0.005,
    bad: "play attempts that failed",
    events: "play attempts",
    leastEvents: tight,
    badEvents: (of, window) => sum(of(counter(attempts, { outcome: "failed" }), window)),
    allEvents: (of, window) => sum(of(counter(attempts, { outcome: { in: ["started", "failed"] } }), window)),
  },
  {
    name: "startup",
    title: "Startup",
    service: "moq-player",
    objective: 0.95,
    budget: 0.05,
    bad: "starts that took more than 2 s",
    events: "starts",
    leastEvents: loose,
    badEvents: (of, window) => minus(sum(of(samples(startup), window)), sum(of(atMost(startup, 2), window))),
    allEvents: (of, window) => sum(of(samples(startup), window)),
  },
  {
    name: "rebuffer",
    title: "Rebuffer",
    service: "moq-player",
    objective: 0.995,
    budget: 0.005,
    bad: "viewing time that was stalled",
    events: "viewer seconds",
    leastEvents: { "1h": 3600, "6h": 10_800, "1d": 36_000, "3d": 86_400 },
    badEvents: (of, window) => sum(of(counter("moq.client.rebuffer_time", { cause: { not: "publisher" } }), window)),
    allEvents: (of, window) =>
      plus(
        sum(of(counter("moq.client.rebuffer_time", { cause: { not: "publisher" } }), window)),
        sum(of(counter("moq.client.play_time"), window)),
      ),
  },
  {
    name: "latency",
    title: "Latency",
    service: "moq-player",
    objective: 0.95,
    budget: 0.05,
    bad: "latency samples above 3 s",
    events: "latency samples",
    leastEvents: loose,
    badEvents: (of, window) => minus(sum(of(samples(latency), window)), sum(of(atMost(latency, 3), window))),
    allEvents: (of, window) => sum(of(samples(latency), window)),
  },
  {
    name: "forward",
    title: "Forward",
    service: "moq-relay",
    objective: 0.99,
    budget: 0.01,
    bad: "frames that a relay held for more than 50 ms",
    events: "frames measured",
    leastEvents: { "1h": 35, "6h": 84, "1d": 167, "3d": 500 },
    badEvents: (of, window) => minus(sum(of(samples(forward, toClients), window)), sum(of(atMost(forward, 0.05, toClients), window))),
    allEvents: (of, window) => sum(of(samples(forward, toClients), window)),
  },
];

/** Bad of all in a window; absent without events. */
export function errorRatio(slo: Slo, window: Window): Vector<never> {
  return ratio(slo.badEvents(rate, window), slo.allEvents(rate, window));
}
