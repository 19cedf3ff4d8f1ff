import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createRelay } from "@moqscope/relay";
import { MetricStore, metrics, silentRecorder } from "@moqscope/telemetry";
import type { FromRelay, ToRelay } from "./messages.ts";

/** The process that is measured: our relay as it is, with or without QUIC; with `metrics` it counts, as `moqscope-relay` does. */
const webTransport = process.argv[2] === "quic" ? "quic" : "off";
const store = new MetricStore(metrics);
const counting = process.argv[3] === "metrics";
const relay = await createRelay({
  listen: { host: "127.0.0.1", port: 0 },
  adminListen: false,
  webTransport,
  tls: { generate: ["localhost"] },
  limits: { maxSessionsPerAddress: 10_000, maxPendingPerAddress: 1024 },
  ...(counting
    ? {
        recorder: {
          ...silentRecorder,
          counter: (name, attributes) => store.counter(name, attributes),
          upDownCounter: (name, attributes) => store.upDownCounter(name, attributes),
          histogram: (name, attributes) => store.histogram(name, attributes),
          gauge: (name, attributes) => store.gauge(name, attributes),
          onCollect: (sample) => store.onCollect(sample),
        },
      }
    : {}),
});
const tell = (message: FromRelay): void => void process.send?.(message);

let before: readonly number[] = [];
function forwarded(): void {
  const snapshot = store.collect().find(({ name }) => name === "moq.relay.forward_time");
  if (snapshot?.kind !== "histogram") return tell({ kind: "forwarded", bounds: [], counts: [] });
  const counts = snapshot.points[0]?.buckets ?? [];
  tell({ kind: "forwarded", bounds: snapshot.bounds, counts: counts.map((count, index) => count - (before[index] ?? 0)) });
  before = [...counts];
}
/** Twice: what the first collection finalizes is free after the second. */
async function memory(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 2; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  tell({ kind: "memory", bytes: heapUsed + external });
}

process.on("message", (message: ToRelay) => {
  switch (message.kind) {
    case "forwarded":
      return forwarded();
    case "memory":
      return void memory(); // Never rejects.
  }
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "listening", port: Number(new URL(relay.url).port), pid: process.pid });
