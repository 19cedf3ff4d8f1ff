import { type LinkStats, Origin, startSession, type Transport, toPath } from "@moqscope/lite";
import { FakeClock, memoryTransportPair } from "@moqscope/lite/testing";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { afterEach, expect, test } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { Access, everything } from "../entrance/access.ts";
import { RelaySession } from "../session/relay-session.ts";
import { Sessions } from "../session/sessions.ts";
import { RelayInstruments } from "./instruments.ts";
import { sampleIntervalMs, startSampler } from "./sampler.ts";

const opened: Transport[] = [];
const stops: (() => void)[] = [];
afterEach(() => {
  for (const transport of opened.splice(0)) transport.close();
  for (const stop of stops.splice(0)) stop();
});

/** A sampler over real relay sessions in memory, whose links are what the test says. */
function start(recorder: ConstructorParameters<typeof RelayInstruments>[0]["recorder"] = memoryRecorder()) {
  const clock = new FakeClock();
  const instruments = new RelayInstruments({ recorder, clock, broadcastLimit: 1 });
  const sessions = new Sessions();
  stops.push(startSampler({ instruments, clock, sessions, cachedBytes: () => 0, certificate: () => undefined }));
  const join = async (link: () => LinkStats): Promise<Transport> => {
    const [client, server] = memoryTransportPair({ clock, kernel: link });
    opened.push(client, server);
    const origin = new Origin();
    const session = new RelaySession({
      id: `${opened.length}`,
      transport: server,
      origin,
      cluster: new Cluster({}, { origin, sessions, instruments, node: undefined, quic: false, lingerMs: 0 }),
      entry: { root: toPath(""), token: undefined, traceparent: undefined, relay: undefined, target: "/" },
      permit: everything(""),
      access: new Access(undefined, instruments),
      remote: "memory",
      instruments,
      clock,
      limits: {},
      lingerMs: 0,
      slowViewerMs: 0,
      admitRequest: () => () => {},
    });
    sessions.add(session);
    await startSession(client, { role: "client", clock }).ready;
    return client;
  };
  return { clock, sessions, join };
}
const quic = (sent: number, lost: number): LinkStats => ({
  rtt: { ms: 60, source: "quic" },
  packets: { sent, lost, source: "quic" },
  congestion: { windowBytes: 30_000, events: 2, source: "quic" },
  sendRateBps: 4_000_000,
});

test("every session is sampled once every 10 s, however many turns that takes", async () => {
  const clock = new FakeClock();
  const instruments = new RelayInstruments({ recorder: memoryRecorder(), clock, broadcastLimit: 1 });
  const samples = Array.from({ length: 450 }, () => 0);
  const turns = new Map<number, number>();
  const sessions = samples.map((_none, index) => ({
    sample: (): void => {
      samples[index] = (samples[index] ?? 0) + 1;
      turns.set(clock.now(), (turns.get(clock.now()) ?? 0) + 1);
    },
    flush: () => ({ bytesSent: 0, bytesReceived: 0, bufferedBytes: 0 }),
    label: "websocket" as const,
  }));
  stops.push(startSampler({ instruments, clock, sessions, cachedBytes: () => 0, certificate: () => undefined }));
  await clock.advance(sampleIntervalMs + 100);
  expect(new Set(samples)).toEqual(new Set([1]));
  expect([...turns.values()]).toEqual([200, 200, 50]);
  await clock.advance(2 * sampleIntervalMs);
  expect(new Set(samples)).toEqual(new Set([3]));
});

test("packets are up to date at every export, and what a session sent after the last one is added as it closes", async () => {
  const recorder = memoryRecorder();
  const { join, sessions } = start(recorder);
  let link = quic(100, 3);
  const client = await join(() => link);
  const packets = (): (number | undefined)[] => [recorder.value("moq.relay.packets_sent"), recorder.value("moq.relay.packets_lost")];
  expect(packets()).toEqual([100, 3]);
  link = quic(180, 8);
  client.close();
  while (sessions.reports().length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  expect([...sessions]).toEqual([]);
  expect(packets()).toEqual([180, 8]);
});

test("known figures of a link are read back on /metrics, each with its source and in the registry's units", async () => {
  const telemetry = startNodeTelemetry({ serviceName: "moq-relay", instanceId: "ams-1", region: "eu", processMetrics: false });
  const { clock, join } = start(telemetry.recorder);
  await join(() => quic(1_000, 50));
  await clock.advance(sampleIntervalMs);
  const text = telemetry.prometheusText();
  await telemetry.shutdown();
  const own = 'job="moq-relay",instance="ams-1",cloud_region="eu"';
  for (const line of [
    `moq_relay_rtt_seconds_bucket{${own},transport="unknown",source="quic",le="0.05"} 0`,
    `moq_relay_rtt_seconds_bucket{${own},transport="unknown",source="quic",le="0.075"} 1`,
    `moq_relay_rtt_seconds_sum{${own},transport="unknown",source="quic"} 0.06`,
    `moq_relay_congestion_window_bytes_bucket{${own},source="quic",le="32768.0"} 1`,
    `moq_relay_congestion_window_bytes_sum{${own},source="quic"} 30000`,
    `moq_relay_congestion_events_total{${own},source="quic"} 2`,
    `moq_relay_send_rate_estimate_bit_per_second_sum{${own},transport="unknown"} 4000000`,
    `moq_relay_packets_sent_total{${own},transport="unknown",source="quic"} 1000`,
    `moq_relay_packets_lost_total{${own},transport="unknown",source="quic"} 50`,
  ])
    expect(text).toContain(`${line}\n`);
});
