import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { MetricRecorder } from "@moqscope/telemetry";

/** Records what the process uses (metrics catalogue, section 5.5) each time the metrics are read. The returned function stops it. */
export function watchProcess(recorder: MetricRecorder): () => void {
  const user = recorder.counter("process.cpu.time", { "cpu.mode": "user" });
  const system = recorder.counter("process.cpu.time", { "cpu.mode": "system" });
  const memory = recorder.upDownCounter("process.memory.usage", {}).acquire(0);
  const uptime = recorder.gauge("process.uptime", {});
  const utilization = recorder.gauge("nodejs.eventloop.utilization", {});
  const p99 = recorder.gauge("nodejs.eventloop.delay.p99", {});
  const max = recorder.gauge("nodejs.eventloop.delay.max", {});
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let cpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  const stop = recorder.onCollect(() => {
    const used = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    user.add(used.user / 1e6);
    system.add(used.system / 1e6);
    memory.set(process.memoryUsage.rss());
    uptime.set(process.uptime());
    const now = performance.eventLoopUtilization();
    utilization.set(performance.eventLoopUtilization(now, loop).utilization);
    loop = now;
    p99.set(delay.count > 0 ? delay.percentile(99) / 1e9 : undefined);
    max.set(delay.count > 0 ? delay.max / 1e9 : undefined);
    delay.reset();
  });
  return () => {
    stop();
    delay.disable();
  };
}
