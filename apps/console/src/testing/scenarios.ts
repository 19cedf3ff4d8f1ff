import type { LogRecord, MetricValue, Series, SessionSummary, SpanRecord, Summary } from "@moqscope/telemetry/query";
import { startupPhases } from "../data/session-detail.ts";
import { points, type Scenario } from "./scenario.ts";
import { emptySummary } from "./summaries.ts";

const wave = (nowMs: number, periodMs: number): number => Math.sin((nowMs / periodMs) * 2 * Math.PI);
const viewersAt = (nowMs: number): number => Math.round(46 + 9 * wave(nowMs, 240_000));

/** A gateway that has heard of nobody. */
export const empty: Scenario = {
  summary: emptySummary,
  series: () => [],
  metrics: () => [],
  sessions: () => [],
  spans: () => [],
  logs: () => [],
};

function liveSummary(nowMs: number): Summary {
  const atMs = nowMs - 400;
  const viewers = viewersAt(nowMs);
  return {
    ...emptySummary(nowMs),
    windowMs: 60_000,
    rateWindowMs: 10_000,
    liveBroadcasts: { value: 3, atMs },
    viewers: { value: viewers, atMs },
    bitsInPerSecond: { value: 6_120_000 + 200_000 * wave(nowMs, 7_000), atMs },
    bitsOutPerSecond: { value: viewers * 1_840_000, atMs },
    sessions: { playing: viewers - 2, rebuffering: 1, starting: 1, ended: 0 },
    attempts: { started: 12, failed: 0, exited: 1 },
    startup: { count: 12, sum: 8.9, p50: 0.62, p95: 1.31, atMs },
    buffer: { count: 2_700, sum: 900, p50: 0.31, p95: 0.78, atMs },
    stalls: { count: 2, seconds: 1.7, ratio: 0.0006, atMs },
    broadcasts: [
      {
        broadcast: "demo/clock",
        viewers: { value: viewers - 5, atMs },
        bitsInPerSecond: { value: 3_400_000, atMs },
        bitsOutPerSecond: { value: (viewers - 5) * 1_900_000, atMs },
      },
      {
        broadcast: "studio/camera-2",
        viewers: { value: 5, atMs },
        bitsInPerSecond: { value: 2_720_000, atMs },
        bitsOutPerSecond: { value: 9_000_000, atMs },
      },
      {
        broadcast: "studio/idle",
        viewers: { value: 0, atMs },
        bitsInPerSecond: { value: 96_000, atMs },
        bitsOutPerSecond: { value: 0, atMs },
      },
    ],
    transports: [
      {
        transport: "websocket",
        viewers: { value: viewers, atMs },
        bitsOutPerSecond: { value: viewers * 1_840_000, atMs },
        connections: { ok: 12, timeout: 1 },
        startup: { count: 12, sum: 8.9, p50: 0.62, p95: 1.31, atMs },
      },
    ],
    links: [
      {
        measuredBy: "relay",
        transport: "websocket",
        source: "ping",
        rtt: { count: 270, sum: 14, p50: 0.041, p95: 0.182, atMs },
        loss: null,
      },
      {
        measuredBy: "relay",
        transport: "websocket",
        source: "tcp_info",
        rtt: { count: 270, sum: 11, p50: 0.038, p95: 0.094, atMs },
        loss: { sent: 412_000, lost: 1_730, ratio: 0.0042, atMs },
      },
      {
        measuredBy: "player",
        transport: "websocket",
        source: "probe",
        rtt: { count: 260, sum: 13, p50: 0.042, p95: 0.19, atMs },
        loss: null,
      },
    ],
    sources: [
      { service: "moq-relay", instance: "relay-1", lastReportMs: nowMs - 600 },
      { service: "moq-player", instance: "gateway-1", lastReportMs: nowMs - 300 },
      { service: "moqscope-cli", instance: "pub-4c1f", lastReportMs: nowMs - 14_000 },
    ],
  };
}

function liveSeries(name: string, nowMs: number, seconds: number): Series[] {
  const of = (attributes: Record<string, string>, value: (atMs: number) => number, sum?: (atMs: number) => number): Series => ({
    name,
    service: "moq-relay",
    instance: "relay-1",
    attributes,
    points: points(nowMs, seconds, value),
    ...(sum === undefined ? {} : { sum: points(nowMs, seconds, sum) }),
  });
  const since = Math.floor(nowMs / 4_000_000) * 4_000_000 - 4_000_000;
  switch (name) {
    case "moq.relay.active_subscribers":
      return [of({ peer: "client", transport: "websocket" }, viewersAt)];
    case "moq.relay.bytes_received":
      return [of({ peer: "publisher", transport: "websocket" }, (atMs) => (atMs - since) * 765)];
    case "moq.relay.bytes_sent":
      return [of({ peer: "client", transport: "websocket" }, (atMs) => (atMs - since) * 230 * 46)];
    case "moq.client.startup_time": {
      const starts = (atMs: number): number => Math.floor((atMs - since) / 5_000);
      return [of({}, starts, (atMs) => starts(atMs) * 0.74 + 6 * Math.sin(starts(atMs) / 10))];
    }
    case "moq.client.rebuffer_time":
      return [of({}, (atMs) => Math.floor((atMs - since) / 90_000) * 1.7)];
    case "moq.client.play_time":
      return [of({}, (atMs) => ((atMs - since) / 1_000) * 46)];
    default:
      return [];
  }
}

const ids = Array.from({ length: 8 }, (_, index) => `9f3c1a0${index}-7d24-4e7b-a0c1-5be2f00d8e1${index}`);

function liveSessions(nowMs: number): SessionSummary[] {
  const states = ["playing", "playing", "rebuffering", "playing", "starting", "waiting", "failed", "ended"];
  return ids.map((sessionId, index) => ({
    sessionId,
    service: "moq-player",
    state: states[index] ?? "playing",
    firstSeenMs: nowMs - 60_000 * (index + 1),
    lastSeenMs: nowMs - (index === 7 ? 21_000 : 700),
    totals:
      index === 4
        ? {}
        : {
            "moq.client.play_time": 57.2 * (index + 1),
            "moq.client.rebuffer_count": index === 2 ? 3 : 0,
            "moq.client.rebuffer_time": index === 2 ? 4.2 : 0,
            "moq.client.frames_rendered": 1_430 * (index + 1),
            "moq.client.io": 12_400_000 * (index + 1),
            "moq.client.connections": 1,
          },
    transport: index === 4 ? null : index % 3 === 1 ? "webtransport" : "websocket",
    rttSeconds: index === 4 ? {} : { probe: 0.031 + index * 0.012 },
    startupSeconds: index === 4 || index === 5 ? null : index === 3 ? 2.84 : 0.58 + index * 0.07,
  }));
}

function liveSpans(nowMs: number): SpanRecord[] {
  const lengths = [38, 22, 0.2, 41, 18, 146, 33, 282];
  return ids.slice(0, 4).flatMap((sessionId, index) => {
    const traceId = `4bf92f3577b34da6a3ce929d0e0e473${index}`;
    const startMs = nowMs - 60_000 * (index + 1);
    const base = { traceId, service: "moq-player", instance: "moq-player", error: null, attributes: { "session.id": sessionId } };
    let atMs = startMs;
    const phases = startupPhases.map((phase, step): SpanRecord => {
      const begin = atMs;
      atMs += lengths[step] ?? 0;
      return {
        ...base,
        spanId: `${step}`.padStart(16, "0"),
        parentSpanId: "a".repeat(16),
        name: `moq.startup.${phase}`,
        startMs: begin,
        endMs: atMs,
      };
    });
    return [{ ...base, spanId: "a".repeat(16), parentSpanId: "", name: "moq.session.start", startMs, endMs: atMs }, ...phases];
  });
}

function liveLogs(nowMs: number): LogRecord[] {
  const lines: readonly (readonly [level: string, event: string, service: string, body: string, attributes: Record<string, string>])[] = [
    ["info", "moq.session.opened", "moq-relay", "session opened", { transport: "websocket", peer: "client", "moq.version": "moq-lite-05" }],
    ["warn", "moq.player.stall", "moq-player", "stalled for 1.7 s", { cause: "network", "session.id": ids[2] ?? "" }],
    ["info", "moq.broadcast.active", "moq-relay", "broadcast demo/clock is live", { broadcast: "demo/clock" }],
    [
      "error",
      "moq.error",
      "moq-relay",
      "peer broke the protocol: group 12 ends inside a frame",
      { "error.type": "protocol_violation", stage: "media" },
    ],
    ["debug", "moq.player.state", "moq-player", "starting → playing", { state: "playing", "session.id": ids[0] ?? "" }],
    ["info", "moq.ready", "moq-gateway", "ready", { console: "http://127.0.0.1:4320" }],
  ];
  return Array.from({ length: 18 }, (_, index) => {
    const [level, event, service, body, attributes] = lines[index % lines.length] ?? lines[0] ?? ["info", "", "", "", {}];
    return {
      atMs: nowMs - 1_300 - index * 4_700,
      level,
      event,
      body,
      service,
      instance: `${service}-1`,
      traceId: "",
      spanId: "",
      attributes,
    };
  });
}

function liveMetrics(nowMs: number): MetricValue[] {
  const base = { service: "moq-relay", instance: "relay-1", atMs: nowMs - 600 };
  const of = (
    name: string,
    [type, unit]: readonly [MetricValue["type"], string],
    value: number,
    attributes: Record<string, string> = {},
  ): MetricValue => ({ ...base, name, type, unit, value, attributes });
  return [
    of("moq.relay.active_subscribers", ["updowncounter", "{subscriber}"], viewersAt(nowMs), { peer: "client", transport: "websocket" }),
    of("moq.relay.active_subscribers", ["updowncounter", "{subscriber}"], 0, { peer: "relay", transport: "websocket" }),
    of("moq.relay.bytes_sent", ["counter", "By"], 91_400_000_000, { peer: "client", transport: "websocket" }),
    of("moq.relay.bytes_received", ["counter", "By"], 3_124_000_000, { peer: "publisher", transport: "websocket" }),
    of("moq.relay.errors", ["counter", "{error}"], 1, { "error.type": "protocol_violation", stage: "media" }),
    { ...of("process.memory.usage", ["updowncounter", "By"], 84_300_000), atMs: nowMs - 30_000 },
    of("process.uptime", ["gauge", "s"], 7_512),
    of("nodejs.eventloop.utilization", ["gauge", "1"], 0.118),
    {
      ...base,
      name: "moq.client.startup_time",
      type: "histogram",
      unit: "s",
      service: "moq-player",
      instance: "gateway-1",
      attributes: { transport: "websocket", region: "unknown", browser: "chrome" },
      histogram: { count: 12, sum: 8.9, bounds: [0.3, 0.5, 0.75, 1, 1.5, 2], buckets: [0, 3, 6, 2, 1, 0, 0] },
    },
    {
      ...base,
      name: "moq.relay.subscribe_time",
      type: "histogram",
      unit: "s",
      attributes: { source: "cache" },
      histogram: { count: 0, sum: 0, bounds: [0.005, 0.01], buckets: [0, 0, 0] },
    },
  ];
}

/** A small, healthy fleet. */
export const live: Scenario = {
  summary: liveSummary,
  series: liveSeries,
  metrics: liveMetrics,
  sessions: liveSessions,
  spans: liveSpans,
  logs: liveLogs,
};
