import { type Clock, type ConnectionStatus, systemClock, toPath } from "@moqscope/lite";
import type { TransportName } from "../dial.ts";
import { CliError, CliErrorCode } from "../error.ts";
import { type Connect, openLink } from "../link.ts";
import type { GroupFate } from "./group-ledger.ts";
import { type SubscribeReport, SubscribeState, type SubscribeSummary } from "./report.ts";
import { Reports } from "./reports.ts";
import { StartupClock } from "./startup-clock.ts";
import { trackReports } from "./track-report.ts";
import { Viewer } from "./viewer.ts";

export interface SubscribeOptions {
  /** Address of the relay, such as `http://localhost:4443`. */
  readonly url: string;
  /** Path of the broadcast. */
  readonly broadcast: string;
  /** Video rendition by its name in the catalog, or `none`; default the largest. The first audio rendition is read besides. */
  readonly rendition?: string;
  /** Exactly these tracks, without asking the catalog. */
  readonly tracks?: readonly string[];
  /** Milliseconds from the first frame on; default until the broadcast ends. */
  readonly durationMs?: number;
  /** Milliseconds in which the first frame must come; default for ever. */
  readonly timeoutMs?: number;
  /** Milliseconds that the first connect may take; default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds between reports; default 1000. */
  readonly intervalMs?: number;
  /** Default `auto`: WebTransport where `@moqscope/quic` is there, with WebSocket behind it. */
  readonly transport?: TransportName;
  /** How a session is made instead. */
  readonly connect?: Connect;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onState?: (state: SubscribeState) => void;
  readonly onConnection?: (status: ConnectionStatus) => void;
  /** Told what becomes of every group; the last word on a sequence is the one that counts. */
  readonly onGroup?: (track: string, fate: GroupFate) => void;
}
/** A headless viewer at work: iterate it for a report per interval, or wait for the summary alone. */
export interface Subscription extends AsyncIterable<SubscribeReport> {
  /** Rejects with CliError `unreachable`, `timeout` or `no_rendition`. */
  readonly summary: Promise<SubscribeSummary>;
  /** The account up to now. */
  report(): SubscribeReport;
  /** Ends it with a summary. May be called twice. */
  close(): void;
}

/** Watches a broadcast without a screen and accounts for every group. Throws CliError `usage` for an impossible address. */
export function subscribe(options: SubscribeOptions): Subscription {
  const clock = options.clock ?? systemClock;
  const startMs = clock.now();
  const startup = new StartupClock(clock);
  const reports = new Reports();
  const done = Promise.withResolvers<SubscribeSummary>();
  // Whoever reads the reports is told of a failure there; nobody has to wait for the summary too.
  done.promise.catch(() => undefined);
  const cancels = new Set<() => void>();
  let state: SubscribeState = SubscribeState.connecting;
  let sessions = 0;
  let over = false;

  const enter = (next: SubscribeState) => {
    if (over || state === next) return;
    state = next;
    options.onState?.(next);
  };
  const rates = trackReports(clock);
  const snapshot = (withRates: boolean): SubscribeReport => ({
    type: "report",
    elapsedMs: Math.round(clock.now() - startMs),
    state,
    startup: startup.figures,
    reconnects: Math.max(0, sessions - 1),
    tracks: rates(viewer.watches, withRates),
  });
  const stop = () => {
    over = true;
    for (const cancel of cancels) cancel();
    options.signal?.removeEventListener("abort", close);
    viewer.close();
    link.close();
  };
  const finish = (reason: SubscribeSummary["reason"]) => {
    if (over) return;
    enter(SubscribeState.ended);
    stop();
    done.resolve({ ...snapshot(false), type: "summary", reason });
    reports.end();
  };
  const fail = (error: Error) => {
    if (over) return;
    stop();
    done.reject(error);
    reports.end(error);
  };
  const close = () => finish("stopped");

  const viewer = new Viewer({
    ...options,
    path: toPath(options.broadcast),
    clock,
    startup,
    enter,
    onEnded: () => finish("ended"),
    onFailed: fail,
    onFirstFrame: () => {
      if (options.durationMs !== undefined) cancels.add(clock.after(options.durationMs, () => finish("duration")));
    },
  });
  const link = openLink({
    ...options,
    onStatus: (status) => options.onConnection?.(status),
    onSession: (session) => {
      sessions++;
      viewer.watch(session);
    },
  });
  link.first.catch((error: Error) => fail(error));
  const tick = () => {
    cancels.delete(cancelTick);
    reports.push(snapshot(true));
    cancelTick = clock.after(options.intervalMs ?? 1000, tick);
    cancels.add(cancelTick);
  };
  let cancelTick = clock.after(options.intervalMs ?? 1000, tick);
  cancels.add(cancelTick);
  if (options.timeoutMs !== undefined) {
    const { timeoutMs, broadcast, url } = options;
    const late = () => {
      if (startup.started) return;
      const what = state === SubscribeState.starting ? `no frame of "${broadcast}"` : `no broadcast "${broadcast}"`;
      fail(new CliError(CliErrorCode.timeout, `${what} at ${url} within ${timeoutMs / 1000} s`));
    };
    cancels.add(clock.after(timeoutMs, late));
  }
  options.signal?.addEventListener("abort", close, { once: true });
  if (options.signal?.aborted) close();
  return { summary: done.promise, report: () => snapshot(false), close, [Symbol.asyncIterator]: () => reports[Symbol.asyncIterator]() };
}
