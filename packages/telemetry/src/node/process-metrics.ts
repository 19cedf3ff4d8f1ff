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

/** Samples CPU, memory and event loop at each collection. The returned function ends it. */
export function recordProcess(store: MetricStore): () => void {
  const user = store.counter("process.cpu.time", { "cpu.mode": "user" });
  const system = store.counter("process.cpu.time", { "cpu.mode": "system" });
  const memory = store.upDownCounter("process.memory.usage", {}).acquire(process.memoryUsage.rss());
  const uptime = store.gauge("process.uptime", {});
  const utilization = store.gauge("nodejs.eventloop.utilization", {});
  const p99 = store.gauge("nodejs.eventloop.delay.p99", {});
  const max = store.gauge("nodejs.eventloop.delay.max", {});
  const delays = store.manyHistogram("moq.process.event_loop_delay", {});
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  monitor.enable();
  let cpu = { user: 0, system: 0 };
  let loop = performance.eventLoopUtilization();
  const stop = store.onCollect(() => {
    const nextCpu = process.cpuUsage();
    user.add((nextCpu.user - cpu.user) / 1e6);
    system.add((nextCpu.system - cpu.system) / 1e6);
    cpu = nextCpu;
    memory.set(process.memoryUsage.rss());
    uptime.set(process.uptime());
    const nextLoop = performance.eventLoopUtilization();
    utilization.set(performance.eventLoopUtilization(nextLoop, loop).utilization);
    loop = nextLoop;
    const empty = monitor.count === 0;
    p99.set(empty ? undefined : delayOf(monitor.percentile(99)));
    max.set(empty ? undefined : delayOf(monitor.max));
    if (!empty) drain(monitor, (value, times) => delays.recordMany(value, times));
    monitor.reset();
  });
  return () => {
    stop();
    monitor.disable();
  };
}
