import type { MetricTable } from "./metric-record.ts";
import * as sets from "./sets.ts";

const ofProcess = { sender: "process", stability: "development" } as const;

/** What every Node process of ours reports of itself (metrics.md §5.5). */
export const processMetrics = {
  "process.cpu.time": {
    ...ofProcess,
    instrument: "counter",
    unit: "s",
    description: "CPU seconds used, by mode.",
    attributes: { "cpu.mode": sets.cpuMode },
  },
  "process.memory.usage": {
    ...ofProcess,
    instrument: "updowncounter",
    unit: "By",
    description: "Resident set size.",
    attributes: {},
  },
  "process.uptime": {
    ...ofProcess,
    instrument: "gauge",
    unit: "s",
    description: "Seconds since the process started.",
    attributes: {},
  },
  "process.unix.file_descriptor.count": {
    ...ofProcess,
    instrument: "updowncounter",
    unit: "{file_descriptor}",
    description: "Open file descriptors, where the system tells.",
    attributes: {},
  },
  "nodejs.eventloop.utilization": {
    ...ofProcess,
    instrument: "gauge",
    unit: "1",
    description: "Part of the last interval in which the event loop was busy.",
    attributes: {},
  },
  "nodejs.eventloop.delay.p99": {
    ...ofProcess,
    instrument: "gauge",
    unit: "s",
    description: "99th percentile of the event loop delay in the last interval.",
    attributes: {},
  },
  "nodejs.eventloop.delay.max": {
    ...ofProcess,
    instrument: "gauge",
    unit: "s",
    description: "Longest event loop delay in the last interval.",
    attributes: {},
  },
  "v8js.gc.duration": {
    ...ofProcess,
    instrument: "histogram",
    unit: "s",
    description: "Garbage collections by kind.",
    attributes: { "v8js.gc.type": sets.gcType },
    buckets: "gc",
  },
  "v8js.memory.heap.used": {
    ...ofProcess,
    instrument: "updowncounter",
    unit: "By",
    description: "Bytes used per heap space.",
    attributes: { "v8js.heap.space.name": sets.heapSpace },
  },
  "moq.process.event_loop_delay": {
    ...ofProcess,
    instrument: "histogram",
    unit: "s",
    description: "Event loop delay samples of 10 ms resolution; can be merged across instances.",
    attributes: {},
    buckets: "loop",
  },
} as const satisfies MetricTable;
