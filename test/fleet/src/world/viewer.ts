import { type BrowserTelemetry, type PageListener, startBrowserTelemetry, type TelemetryClock } from "@moqscope/telemetry/browser";
import type { Account, Runs } from "./account.ts";
import type { Books } from "./books.ts";
import { Ledger } from "./ledger.ts";
import { networkOf, type Route } from "./network.ts";
import { profiles, view } from "./points.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How a session ends: as its player says, with its page, without a word, or going on with a client that was started anew. */
export type End = "closes" | "page goes" | "vanishes" | "restarts";

export interface ViewerPlan {
  readonly sessionId: string;
  readonly startMs: number;
  readonly watchMs: number;
  /** How far its wall clock is off. */
  readonly skewMs: number;
  readonly profile: number;
  readonly end: End;
  /** When its tab is hidden for a moment, if it is. */
  readonly hiddenMs: number | undefined;
}
export interface ViewerWorld {
  readonly time: VirtualTime;
  readonly books: Books;
  readonly intervalMs: number;
  readonly random: () => number;
  route(plan: ViewerPlan, account: Account): Route;
}

/** One playback session in a page: the exporter that players run, fed as a player feeds it, and the truth of it. */
export class Viewer {
  readonly #world: ViewerWorld;
  readonly #plan: ViewerPlan;
  readonly #runs: Runs = { count: 0, newest: new Map() };

  constructor(world: ViewerWorld, plan: ViewerPlan) {
    this.#world = world;
    this.#plan = plan;
    const endMs = plan.startMs + plan.watchMs;
    world.time.at(plan.startMs, () => {
      if (plan.end !== "restarts") return this.#run(endMs, plan.end);
      const againMs = plan.startMs + plan.watchMs * (0.2 + 0.6 * world.random());
      this.#run(againMs, "vanishes");
      world.time.at(againMs + 5, () => this.#run(endMs, "closes"));
    });
  }

  #run(endMs: number, end: End): void {
    const run = new Run(this.#world, this.#plan, this.#runs);
    const { time } = this.#world;
    const { hiddenMs } = this.#plan;
    if (hiddenMs !== undefined && hiddenMs < endMs) time.at(hiddenMs, () => run.hide());
    time.at(endMs, () => run.end(end));
  }
}

const startupMs = { least: 150, most: 4_000 };

class Run {
  readonly #world: ViewerWorld;
  readonly #telemetry: BrowserTelemetry;
  readonly #ledger: Ledger;
  readonly #bornMs: number;
  readonly #startedMs: number;
  #page: PageListener | undefined;
  #appliedMs: number;
  #isAlive = true;
  #seconds = 0;

  constructor(world: ViewerWorld, plan: ViewerPlan, runs: Runs) {
    const { time, books, random } = world;
    this.#world = world;
    this.#bornMs = time.now();
    this.#startedMs = this.#bornMs + startupMs.least + (startupMs.most - startupMs.least) * random() ** 3;
    this.#appliedMs = this.#startedMs;
    const clock: TelemetryClock = {
      now: () => time.now() - this.#bornMs,
      wallMs: () => time.now() + plan.skewMs,
      after: (ms, callback) => time.at(time.now() + ms, () => this.#isAlive && callback()),
    };
    let account: Account | undefined;
    this.#telemetry = startBrowserTelemetry({
      endpoint: "http://gateway.example",
      sessionId: plan.sessionId,
      intervalMs: world.intervalMs,
      clock,
      page: (listener) => {
        this.#page = listener;
        return () => {};
      },
      fetch: (input, init) => {
        // the account is open before the first turn of promises
        const sent = account === undefined ? undefined : networkOf(world.route(plan, account))(input, init);
        // a page that is gone hears no answer: what waits for one in it never goes on
        return new Promise((resolve, reject) => {
          sent?.then(
            (response) => this.#isAlive && resolve(response),
            (error: unknown) => this.#isAlive && reject(error instanceof Error ? error : new TypeError("fetch failed")),
          );
        });
      },
    });
    const { recorder } = this.#telemetry;
    this.#ledger = new Ledger(recorder, profiles[plan.profile] ?? { transport: "unknown", codec: "other" });
    account = books.open(plan.profile, this.#ledger.truth, runs);
    recorder.onCollect(() => this.#watch());
    this.#ledger.add(view.connections, 1);
    time.at(this.#startedMs, () => this.#isAlive && this.#begin());
  }

  hide(): void {
    if (this.#isAlive) this.#page?.hidden();
  }

  end(end: End): void {
    this.#watch();
    if (end === "vanishes") this.#isAlive = false;
    else {
      this.#ledger.add(view.ended, 1);
      this.#ledger.record(view.duration, (this.#world.time.now() - this.#bornMs) / 1000);
      if (end === "page goes") this.#page?.leave(false);
      else void this.#telemetry.close();
    }
  }

  #begin(): void {
    const seconds = (this.#startedMs - this.#bornMs) / 1000;
    this.#ledger.add(view.attempts, 1);
    this.#ledger.add(view.failures, 0);
    this.#ledger.record(view.startup, seconds);
    for (const phase of view.phases) this.#ledger.record(phase, seconds / view.phases.length);
    this.#ledger.record(view.firstObject, seconds * 0.6);
    this.#telemetry.setState("playing");
    void this.#telemetry.flush("startup");
  }

  /** What was seen since it was looked last. */
  #watch(): void {
    const { random, time } = this.#world;
    const elapsed = (time.now() - this.#appliedMs) / 1000;
    if (elapsed <= 0 || !this.#isAlive) return;
    this.#appliedMs = time.now();
    const ledger = this.#ledger;
    let stalled = 0;
    if (random() < 0.06) {
      stalled = elapsed * random() * 0.5;
      ledger.add(view.stalls, 1);
      ledger.add(view.stallTime, stalled);
      ledger.record(view.stallLength, stalled);
      ledger.add(view.switches, 1);
    }
    const played = elapsed - stalled;
    const frames = Math.round(played * 30);
    const dropped = random() < 0.2 ? Math.floor(random() * 6) : 0;
    ledger.add(view.playTime, played);
    ledger.add(view.renditionTime, played);
    ledger.add(view.videoFrames, frames);
    ledger.add(view.audioFrames, Math.round(played * 47));
    ledger.add(view.decoded, frames);
    ledger.add(view.rendered, Math.max(0, frames - dropped));
    if (dropped > 0) ledger.add(view.dropped, dropped);
    ledger.add(view.groups, Math.round(played / 2));
    ledger.add(view.bytes, Math.round(played * 375_000 * (0.8 + 0.4 * random())));
    if (random() < 0.01) ledger.add(view.errors, 1);
    this.#sample(played);
  }

  /** What is sampled each second and each ten seconds. */
  #sample(played: number): void {
    const { random } = this.#world;
    const ledger = this.#ledger;
    const before = Math.floor(this.#seconds);
    this.#seconds += played;
    for (let second = before; second < Math.floor(this.#seconds); second++) {
      ledger.record(view.buffer, 2 * random());
      ledger.record(view.edge, 0.2 + 3 * random() ** 2);
      if (second % 10 > 0) continue;
      ledger.record(view.rtt, 0.01 + 0.2 * random() ** 2);
      ledger.record(view.bitrate, 3e6);
    }
  }
}
