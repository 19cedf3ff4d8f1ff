import type { Reading, Summary } from "@moqscope/telemetry/query";
import type { Scenario } from "./scenario.ts";
import { empty, live } from "./scenarios.ts";

/** Everything reported and everything at 0: a relay that runs with nobody on it. */
export const zero: Scenario = {
  ...empty,
  summary(nowMs): Summary {
    const nought: Reading = { value: 0, atMs: nowMs - 300 };
    return {
      ...empty.summary(nowMs),
      liveBroadcasts: nought,
      viewers: nought,
      bitsInPerSecond: nought,
      bitsOutPerSecond: nought,
      sessions: { playing: 0 },
      attempts: { started: 0, failed: 0, exited: 0 },
      stalls: { count: 0, seconds: 0, ratio: null, atMs: nowMs - 300 },
      transports: [{ transport: "websocket", viewers: nought, bitsOutPerSecond: nought, connections: {}, startup: null }],
      links: [
        {
          measuredBy: "relay",
          transport: "websocket",
          source: "tcp_info",
          rtt: { count: 1, sum: 0, p50: 0, p95: 0, atMs: nowMs - 300 },
          loss: { sent: 40, lost: 0, ratio: 0, atMs: nowMs - 300 },
        },
      ],
      sources: [{ service: "moq-relay", instance: "relay-1", lastReportMs: nowMs - 300 }],
    };
  },
};

/** The relay's last report is 40 s old, and what it said was bad. */
export const stale: Scenario = {
  ...live,
  summary(nowMs): Summary {
    const then = live.summary(nowMs - 40_000);
    return {
      ...then,
      nowMs,
      attempts: { started: 60, failed: 14, exited: 3 },
      startup: { count: 60, sum: 200, p50: 2.4, p95: 6.1, atMs: nowMs - 40_400 },
      buffer: { count: 600, sum: 4, p50: 0.004, p95: 0.2, atMs: nowMs - 300 },
      stalls: { count: 31, seconds: 88.4, ratio: 0.094, atMs: nowMs - 300 },
    };
  },
};

const hostileText = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u202Eesrever \u0000 javascript:alert(1)`;
export const endless = `very/${"long-name-without-any-space".repeat(12)}`;

/** Peers that put markup, direction marks and endless words everywhere they may write. */
export const hostile: Scenario = {
  ...live,
  summary(nowMs) {
    const summary = live.summary(nowMs);
    const reading = { value: 1, atMs: nowMs };
    const row = { viewers: reading, bitsInPerSecond: reading, bitsOutPerSecond: null };
    return {
      ...summary,
      sessions: { [hostileText]: 2 },
      attempts: { started: 1, [hostileText]: 1 },
      broadcasts: [
        { broadcast: hostileText, ...row },
        { broadcast: endless, ...row },
      ],
      transports: [{ transport: hostileText, viewers: reading, bitsOutPerSecond: null, connections: { [hostileText]: 1 }, startup: null }],
      links: [{ measuredBy: "relay", transport: hostileText, source: endless, rtt: null, loss: null }],
      sources: [{ service: hostileText, instance: endless, lastReportMs: nowMs }],
    };
  },
  sessions: (nowMs) =>
    live.sessions(nowMs).map((session, index) => ({
      ...session,
      sessionId: `${hostileText}${index}`,
      state: hostileText,
      service: hostileText,
      totals: { [hostileText]: 1, [endless]: 2 },
      transport: hostileText,
      rttSeconds: { [endless]: 0.1 },
    })),
  spans: (nowMs) =>
    live
      .spans(nowMs)
      .map((span) => ({ ...span, error: hostileText, traceId: hostileText, attributes: { "session.id": `${hostileText}0` } })),
  logs: (nowMs) =>
    live.logs(nowMs).map((record) => ({
      ...record,
      level: hostileText,
      event: hostileText,
      body: endless,
      service: hostileText,
      instance: endless,
      traceId: hostileText,
      attributes: { [hostileText]: hostileText, "session.id": hostileText },
    })),
  metrics: (nowMs) =>
    live.metrics(nowMs).map((metric) => ({
      ...metric,
      name: `${metric.name}${hostileText}`,
      unit: hostileText,
      service: hostileText,
      instance: endless,
      attributes: { [hostileText]: endless },
    })),
};

/** More of everything than fits on a screen. */
export const many: Scenario = {
  ...live,
  summary(nowMs) {
    const atMs = nowMs - 500;
    return {
      ...live.summary(nowMs),
      viewers: { value: 1_284_331, atMs },
      bitsOutPerSecond: { value: 2.31e12, atMs },
      broadcasts: Array.from({ length: 120 }, (_, index) => ({
        broadcast: `venue-${index}/stage/${index % 7 === 0 ? "a-rather-long-broadcast-name-that-someone-chose/main-camera" : "main"}`,
        viewers: { value: 12_000 - index * 97, atMs },
        bitsInPerSecond: index % 5 === 0 ? null : { value: 4_000_000 + index, atMs },
        bitsOutPerSecond: { value: (12_000 - index * 97) * 3_000_000, atMs: index % 9 === 0 ? nowMs - 9_000 : atMs },
      })),
      transports: ["webtransport", "websocket", "quic", "unknown"].map((transport, index) => ({
        transport,
        viewers: { value: 300_000 * (4 - index), atMs },
        bitsOutPerSecond: { value: 6e11, atMs },
        connections: { ok: 120_000, timeout: 31, transport_error: 12, unauthorized: 4 },
        startup: { count: 9_000, sum: 6_000, p50: 0.4, p95: 1.9, atMs },
      })),
      links: ["quic", "getstats", "ping", "tcp_info"].flatMap((source) =>
        (["relay", "player"] as const).map((measuredBy) => ({
          measuredBy,
          transport: source.startsWith("quic") ? "webtransport" : "websocket",
          source,
          rtt: { count: 90_000, sum: 4_000, p50: 0.042, p95: 0.31, atMs },
          loss: measuredBy === "relay" ? { sent: 81_000_000, lost: 91_344, ratio: 0.0011, atMs } : null,
        })),
      ),
      sources: Array.from({ length: 50 }, (_, index) => ({
        service: "moq-relay",
        instance: `relay-fra-${index}`,
        lastReportMs: nowMs - index * 200,
      })),
    };
  },
  metrics: (nowMs) =>
    Array.from({ length: 80 }, (_, index) => live.metrics(nowMs).map((metric) => ({ ...metric, instance: `relay-${index}` }))).flat(),
  logs: (nowMs) => Array.from({ length: 40 }, (_, index) => live.logs(nowMs - index * 1_000)).flat(),
  sessions: (nowMs) =>
    Array.from({ length: 30 }, (_, index) =>
      live.sessions(nowMs).map((session) => ({ ...session, sessionId: `${index}-${session.sessionId}` })),
    ).flat(),
};
