import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { MetricStore } from "../recorder/metric-store.ts";
import { buckets } from "../registry/buckets.ts";

const resolutionMs = 10;
type DelayMonitor = ReturnType<typeof monitorEventLoopDelay>;

/** Seconds of delay behind a value of the monitor, which holds the time between two of its timers. */
const delayOf = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);

/** The k-th smallest delay (1 = smallest), seconds. */
const ranked = (monitor: DelayMonitor, k: number): number => delayOf(monitor.percentile(Math.min(100, (k / monitor.count) * 100)));

/** How many delays are at most `bound`: the monitor answers percentiles only, so the rank is searched. */
function countUpTo(monitor: DelayMonitor, bound: number): number {
  let low = 0;
  let high = monitor.count;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (ranked(monitor, middle) <= bound) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Hands the monitor's samples to a histogram, one entry per bucket with the median of what it holds. */
function drain(monitor: DelayMonitor, record: (value: number, times: number) => void): void {
  let counted = 0;
  for (const bound of [...buckets.loop, Number.POSITIVE_INFINITY]) {
    const upTo = bound === Number.POSITIVE_INFINITY ? monitor.count : countUpTo(monitor, bound);
    if (upTo > counted) record(ranked(monitor, Math.ceil((counted + 1 + upTo) / 2)), upTo - counted);
    counted = Math.max(counted, upTo);
  }
}

/** Measures how long the event loop keeps what is due waiting; each sample covers the time since the last. */
export function recordEventLoop(store: MetricStore): { readonly sample: () => void; readonly stop: () => void } {
  const utilization = store.gauge("nodejs.eventloop.utilization", {});
  const p99 = store.gauge("nodejs.eventloop.delay.p99", {});
  const max = store.gauge("nodejs.eventloop.delay.max", {});
  const delays = store.manyHistogram("moq.process.event_loop_delay", {});
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  monitor.enable();
  let loop = performance.eventLoopUtilization();
  let held = 0;
  // The monitor counts from its first tick after a reset: what holds the loop right then, as an export does, it never sees.
  const watchStart = (): void => {
    const began = performance.now();
    setImmediate(() => {
      held = (performance.now() - began) / 1000;
      if (held > resolutionMs / 1000) delays.recordMany(held, 1);
    }).unref();
  };
  return {
    sample() {
      const nextLoop = performance.eventLoopUtilization();
      utilization.set(performance.eventLoopUtilization(nextLoop, loop).utilization);
      loop = nextLoop;
      const empty = monitor.count === 0;
      p99.set(empty ? undefined : delayOf(monitor.percentile(99)));
      max.set(empty ? undefined : Math.max(held, delayOf(monitor.max)));
      if (!empty) drain(monitor, (value, times) => delays.recordMany(value, times));
      monitor.reset();
      held = 0;
      watchStart();
    },
    stop: () => monitor.disable(),
  };
}
