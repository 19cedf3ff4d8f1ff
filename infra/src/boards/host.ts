import { foreignCounter, foreignGauge, max, over, quantile, rate, ratio, rest, sum } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph } from "./kit/panels.ts";
import { scope } from "./kit/scope.ts";

const { counter, buckets, gauge } = scope("instance");
const window = "$__rate_interval";
const node = (more = ""): string => `{job="node"${more}}`;

/** Processes and the machines below them. */
export const host: Board = {
  uid: "moq-host",
  title: "moqscope / Host",
  description: "Is a process or a machine at its end: processor, memory, event loop, descriptors, disk.",
  variables: ["job", "instance"],
  rows: [
    {
      title: "Processes",
      panels: [
        graph(
          { title: "Processor", description: "Cores in use.", unit: "short", min: 0, silent: "No process reports" },
          { of: sum(rate(counter("process.cpu.time"), window), "job", "instance"), as: "{{job}} {{instance}}" },
        ),
        graph(
          { title: "Memory", description: "Resident memory of each.", unit: "bytes", min: 0, silent: "No process reports" },
          { of: sum(gauge("process.memory.usage"), "job", "instance"), as: "{{job}} {{instance}}" },
        ),
        graph(
          { title: "Heap", description: "Used, all spaces.", unit: "bytes", min: 0, silent: "No process reports" },
          { of: sum(gauge("v8js.memory.heap.used"), "job", "instance"), as: "{{job}} {{instance}}" },
        ),
        graph(
          {
            title: "Event loop delay, p99",
            description: "How long a turn waits: what comes in later waits as long.",
            unit: "s",
            limit: 0.1,
            silent: "No process reports",
          },
          {
            of: quantile(0.99, sum(rate(buckets("moq.process.event_loop_delay"), window), "le", "job", "instance")),
            as: "{{job}} {{instance}}",
          },
        ),
        graph(
          {
            title: "Event loop in use",
            description: "1: it has no time left.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "No process reports",
          },
          { of: max(gauge("nodejs.eventloop.utilization"), "job", "instance"), as: "{{job}} {{instance}}" },
        ),
        graph(
          {
            title: "Garbage collection",
            description: "Share of the time, by type.",
            unit: "percentunit",
            min: 0,
            silent: "No process reports",
          },
          {
            of: sum(rate(scope("instance").sums("v8js.gc.duration"), window), "v8js.gc.type", "instance"),
            as: "{{instance}} {{v8js_gc_type}}",
          },
        ),
        graph(
          {
            title: "File descriptors",
            description: "Open ones; the limit is the system's.",
            unit: "short",
            min: 0,
            silent: "No process reports",
          },
          { of: sum(gauge("process.unix.file_descriptor.count"), "job", "instance"), as: "{{job}} {{instance}}" },
        ),
        graph(
          { title: "Up for", description: "A fall is a restart.", unit: "s", min: 0, silent: "No process reports" },
          { of: max(gauge("process.uptime"), "job", "instance"), as: "{{job}} {{instance}}" },
        ),
      ],
    },
    {
      title: "Machines",
      panels: [
        graph(
          {
            title: "Processors",
            description: "Share in use.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "node_exporter is not scraped",
          },
          {
            of: rest(
              ratio(
                sum(rate(foreignCounter("node_cpu_seconds_total", node(',mode="idle"')), window), "instance"),
                sum(rate(foreignCounter("node_cpu_seconds_total", node()), window), "instance"),
              ),
            ),
            as: "{{instance}}",
          },
        ),
        graph(
          {
            title: "Memory available",
            description: "Before the kernel has to take some back.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "node_exporter is not scraped",
          },
          {
            of: ratio(
              sum(foreignGauge("node_memory_MemAvailable_bytes", node()), "instance"),
              sum(foreignGauge("node_memory_MemTotal_bytes", node()), "instance"),
            ),
            as: "{{instance}}",
          },
        ),
        graph(
          {
            title: "Disk free",
            description: "By file system.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "node_exporter is not scraped",
          },
          {
            of: ratio(
              max(foreignGauge("node_filesystem_avail_bytes", node()), "instance", "mountpoint"),
              max(foreignGauge("node_filesystem_size_bytes", node()), "instance", "mountpoint"),
            ),
            as: "{{instance}} {{mountpoint}}",
          },
        ),
        graph(
          {
            title: "Network",
            description: "Received and sent by all devices but loopback.",
            unit: "Bps",
            min: 0,
            silent: "node_exporter is not scraped",
          },
          {
            of: sum(rate(foreignCounter("node_network_receive_bytes_total", node(',device!="lo"')), window), "instance"),
            as: "{{instance}} in",
          },
          {
            of: sum(rate(foreignCounter("node_network_transmit_bytes_total", node(',device!="lo"')), window), "instance"),
            as: "{{instance}} out",
          },
        ),
        graph(
          {
            title: "UDP dropped",
            description: "Datagrams that came in and found no room in a socket: QUIC counts them as lost.",
            unit: "cps",
            min: 0,
            silent: "node_exporter is not scraped",
          },
          { of: sum(rate(foreignCounter("node_netstat_Udp_RcvbufErrors", node()), window), "instance"), as: "{{instance}}" },
        ),
        graph(
          {
            title: "Load",
            description: "Processes that want to run, over a minute.",
            unit: "short",
            min: 0,
            silent: "node_exporter is not scraped",
          },
          { of: max(over("last_over_time", foreignGauge("node_load1", node()), "1m"), "instance"), as: "{{instance}}" },
        ),
      ],
    },
  ],
};
