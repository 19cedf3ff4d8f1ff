import { readdirSync } from "node:fs";
import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import type { MetricStore } from "../recorder/metric-store.ts";
import type { Lease } from "../recorder/recorder.ts";
import { fallbackOf, type ValueOf } from "../registry/attribute-set.ts";
import { type gcType, heapSpace } from "../registry/sets.ts";
import { recordEventLoop } from "./event-loop.ts";

const gcKinds: Readonly<Record<number, ValueOf<typeof gcType>>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

/** What Node puts into the entry of a collection; the declared type has no `detail`. */
type GcEntry = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

/** Times each garbage collection; the returned functions take what the observer still holds, and end it. */
function recordGc(store: MetricStore): { readonly take: () => void; readonly stop: () => void } {
  const record = (entries: readonly GcEntry[]): void => {
    for (const { detail, duration } of entries) {
      const type = gcKinds[detail?.kind ?? 0];
      if (type !== undefined) store.histogram("v8js.gc.duration", { "v8js.gc.type": type }).record(duration / 1000);
    }
  };
  const observer = new PerformanceObserver((list) => record(list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  return { take: () => record(observer.takeRecords()), stop: () => observer.disconnect() };
}

/** Bytes used per heap space; the spaces without a value of their own are one sum. */
function recordHeap(store: MetricStore): () => void {
  const spaces = heapSpace.values.map((name) => ({
    name,
    used: store.upDownCounter("v8js.memory.heap.used", { "v8js.heap.space.name": name }).acquire(0),
  }));
  const other = fallbackOf(heapSpace);
  return () => {
    const bytes = new Map<string, number>();
    for (const { space_name, space_used_size } of getHeapSpaceStatistics()) {
      const name = spaces.some((space) => space.name === space_name) ? space_name : other;
      bytes.set(name, (bytes.get(name) ?? 0) + space_used_size);
    }
    for (const { name, used } of spaces) used.set(bytes.get(name) ?? 0);
  };
}

/** Open file descriptors of this process, without the one that reading them takes; `undefined` where the system does not tell. */
function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    // Only Linux has the folder, and a process out of descriptors cannot read it: then there is no value.
    return undefined;
  }
}

function recordOpenFiles(store: MetricStore): () => void {
  let lease: Lease | undefined;
  return () => {
    const count = openFiles();
    if (count === undefined) return;
    lease ??= store.upDownCounter("process.unix.file_descriptor.count", {}).acquire(count);
    lease.set(count);
  };
}

/** Samples CPU, memory, heap, garbage collections, open files and event loop at each collection. The returned function ends it. */
export function recordProcess(store: MetricStore): () => void {
  const user = store.counter("process.cpu.time", { "cpu.mode": "user" });
  const system = store.counter("process.cpu.time", { "cpu.mode": "system" });
  const memory = store.upDownCounter("process.memory.usage", {}).acquire(process.memoryUsage.rss());
  const uptime = store.gauge("process.uptime", {});
  const heap = recordHeap(store);
  const files = recordOpenFiles(store);
  const gc = recordGc(store);
  const loop = recordEventLoop(store);
  let cpu = { user: 0, system: 0 };
  const stop = store.onCollect(() => {
    const nextCpu = process.cpuUsage();
    user.add((nextCpu.user - cpu.user) / 1e6);
    system.add((nextCpu.system - cpu.system) / 1e6);
    cpu = nextCpu;
    memory.set(process.memoryUsage.rss());
    uptime.set(process.uptime());
    heap();
    files();
    gc.take();
    loop.sample();
  });
  return () => {
    stop();
    gc.stop();
    loop.stop();
  };
}
