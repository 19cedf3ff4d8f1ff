import { closeSync, openSync, readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MetricStore } from "../recorder/metric-store.ts";
import { processMetrics } from "../registry/process.ts";
import { recordProcess } from "./process-metrics.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as (options: { type: "major" | "minor"; execution: "sync" }) => void;
const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("recordProcess", () => {
  let store: MetricStore;
  let stop: () => void;
  beforeEach(() => {
    store = new MetricStore(processMetrics);
    stop = recordProcess(store);
  });
  afterEach(() => stop());

  /** Values of the points by their attributes; counts of histograms. */
  function read(name: string): Record<string, number> {
    const metric = store.collect().find((snapshot) => snapshot.name === name);
    return Object.fromEntries(
      (metric?.points ?? []).map((point) => [Object.values(point.attributes).join(), "count" in point ? point.count : point.value]),
    );
  }

  test("counts the garbage collections that were made, each by its kind, and their time", async () => {
    read("v8js.gc.duration");
    const before = read("v8js.gc.duration");
    const began = performance.now();
    for (let i = 0; i < 3; i++) collectGarbage({ type: "major", execution: "sync" });
    for (let i = 0; i < 5; i++) collectGarbage({ type: "minor", execution: "sync" });
    const elapsed = (performance.now() - began) / 1000;
    await turn(1);
    const after = read("v8js.gc.duration");
    // V8 may collect once more by itself meanwhile, never less
    expect((after["major"] ?? 0) - (before["major"] ?? 0)).toBeGreaterThanOrEqual(3);
    expect((after["minor"] ?? 0) - (before["minor"] ?? 0)).toBeGreaterThanOrEqual(5);
    const durations = store.collect().find(({ name }) => name === "v8js.gc.duration");
    const majors = durations?.kind === "histogram" ? durations.points.find(({ key }) => key === "major") : undefined;
    expect(majors?.sum).toBeGreaterThan(0);
    expect(majors?.sum).toBeLessThan(elapsed + 1);
  });

  test("the heap spaces together are the heap, and what is allocated is seen in them", () => {
    const before = read("v8js.memory.heap.used");
    expect(Object.keys(before)).toHaveLength(8);
    const sum = (values: Record<string, number>): number => Object.values(values).reduce((total, value) => total + value, 0);
    const used = process.memoryUsage().heapUsed;
    expect(Math.abs(sum(before) - used) / used).toBeLessThan(0.2);
    const kept = Array.from({ length: 400_000 }, (_, i) => ({ i, text: `${i}` }));
    collectGarbage({ type: "major", execution: "sync" });
    expect(sum(read("v8js.memory.heap.used")) - sum(before)).toBeGreaterThan(10e6);
    expect(kept).toHaveLength(400_000);
  });

  test.skipIf(process.platform !== "linux")("open files are counted one by one", () => {
    const name = "process.unix.file_descriptor.count";
    const before = read(name)[""] ?? 0;
    expect(before).toBe(readdirSync("/proc/self/fd").length - 1);
    const files = Array.from({ length: 7 }, () => openSync("/dev/null", "r"));
    expect(read(name)[""]).toBe(before + 7);
    for (const file of files) closeSync(file);
    expect(read(name)[""]).toBe(before);
  });

  test("an event loop that was held up is seen in utilization, in the longest delay and in one sample of the histogram", async () => {
    await turn(50);
    store.collect();
    const held = performance.now() + 300;
    while (performance.now() < held);
    await turn(20);
    const metrics = store.collect();
    const value = (name: string): number => {
      const metric = metrics.find((snapshot) => snapshot.name === name);
      return metric?.kind === "number" ? (metric.points[0]?.value ?? Number.NaN) : Number.NaN;
    };
    expect(value("nodejs.eventloop.delay.max")).toBeGreaterThan(0.25);
    expect(value("nodejs.eventloop.utilization")).toBeGreaterThan(0.5);
    const delays = metrics.find(({ name }) => name === "moq.process.event_loop_delay");
    const point = delays?.kind === "histogram" ? delays.points[0] : undefined;
    const above250 = point?.buckets.slice(8).reduce((sum, count) => sum + count, 0);
    expect(above250).toBeGreaterThanOrEqual(1);
  });

  test("CPU seconds are those of the process, by mode, and uptime and resident memory its own", () => {
    const cpu = process.cpuUsage();
    const values = read("process.cpu.time");
    expect(values["user"]).toBeCloseTo(cpu.user / 1e6, 0);
    expect(values["system"]).toBeCloseTo(cpu.system / 1e6, 0);
    expect(read("process.uptime")[""]).toBeCloseTo(process.uptime(), 0);
    const rss = process.memoryUsage.rss();
    expect(Math.abs((read("process.memory.usage")[""] ?? 0) - rss) / rss).toBeLessThan(0.2);
  });

  test("once ended, nothing more is sampled", () => {
    stop();
    const before = read("process.cpu.time");
    const until = performance.now() + 30;
    while (performance.now() < until);
    expect(read("process.cpu.time")).toEqual(before);
  });
});
