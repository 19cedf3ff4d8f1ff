/** Upper bounds of the histograms (metrics.md §4); the bucket above the last bound is implied. Seconds, bytes or bit/s as the metric's unit says. */
export const buckets = {
  startup: [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 10, 20, 40],
  phase: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
  latency: [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 15, 30],
  stall: [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  rtt: [0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1],
  forward: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  buffer: [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 4, 8, 15, 30],
  size: [256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216],
  bitrate: [50e3, 100e3, 250e3, 500e3, 1e6, 1.5e6, 2.5e6, 4e6, 6e6, 10e6, 20e6, 50e6],
  duration: [5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400],
  io: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  loop: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
} as const satisfies Record<string, readonly number[]>;
export type BucketSetName = keyof typeof buckets;
