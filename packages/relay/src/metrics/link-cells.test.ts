import type { TransportStats } from "@moqscope/lite";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { expect, test } from "vitest";
import { LinkCells, LinkMeter } from "./link-cells.ts";

const stats = (link: Partial<TransportStats>): TransportStats => ({ bytesSent: 0, bytesReceived: 0, bufferedBytes: 0, ...link });
const quic = "quic" as const;

test("a sample is one value for each source that has one, in seconds, bytes and bits per second", () => {
  const recorder = memoryRecorder();
  new LinkMeter(new LinkCells(recorder), "websocket").sample({
    rtt: { ms: 55, source: "ping" },
    otherRtts: [{ ms: 12, source: "tcp_info" }],
    congestion: { windowBytes: 14_480, source: "tcp_info" },
    sendRateBps: 2_500_000,
  });
  expect(recorder.histogramOf("moq.relay.rtt", { transport: "websocket", source: "ping" })).toEqual({ count: 1, sum: 0.055 });
  expect(recorder.histogramOf("moq.relay.rtt", { transport: "websocket", source: "tcp_info" })).toEqual({ count: 1, sum: 0.012 });
  expect(recorder.histogramOf("moq.relay.congestion_window", { source: "tcp_info" })).toEqual({ count: 1, sum: 14_480 });
  expect(recorder.histogramOf("moq.relay.send_rate_estimate", { transport: "websocket" })).toEqual({ count: 1, sum: 2_500_000 });
});

test("what a stack leaves out, or leaves at 0, is not recorded", () => {
  const recorder = memoryRecorder();
  const meter = new LinkMeter(new LinkCells(recorder), "webtransport");
  meter.sample({});
  meter.sample({ rtt: { ms: 0, source: "getstats" }, congestion: { windowBytes: 0, source: "getstats" }, sendRateBps: 0 });
  meter.sample({ rtt: { ms: Number.NaN, source: "getstats" }, sendRateBps: Number.NaN });
  meter.add(stats({}));
  meter.add(stats({ packets: { sent: 5, source: "getstats" }, congestion: { windowBytes: 9, source: "getstats" } }));
  for (const name of ["moq.relay.rtt", "moq.relay.congestion_window", "moq.relay.send_rate_estimate"] as const)
    expect(recorder.histogramOf(name), name).toBeUndefined();
  for (const name of ["moq.relay.packets_lost", "moq.relay.congestion_events"] as const) expect(recorder.value(name), name).toBeUndefined();
  expect(recorder.value("moq.relay.packets_sent", { transport: "webtransport", source: "getstats" })).toBe(5);
});

test("totals of many sessions become one sum, and a loss found spurious takes nothing back nor counts twice", () => {
  const recorder = memoryRecorder();
  const cells = new LinkCells(recorder);
  const [one, two] = [new LinkMeter(cells, "quic"), new LinkMeter(cells, "quic")];
  const told = (sent: number, lost: number, events: number): TransportStats =>
    stats({ packets: { sent, lost, source: quic }, congestion: { windowBytes: 1, events, source: quic } });
  for (const lost of [0, 10, 8, Number.NaN, 9, 12]) one.add(told(100 + lost, lost, 1));
  two.add(told(50, 1, 0));
  two.add(told(60, 1, 2));
  expect(recorder.value("moq.relay.packets_lost", { source: "quic" })).toBe(12 + 1);
  expect(recorder.value("moq.relay.packets_sent", { source: "quic" })).toBe(112 + 60);
  expect(recorder.value("moq.relay.congestion_events", { source: "quic" })).toBe(3);
});

test("a stack that counts and has lost nothing says 0, and what is listened for begins with 0", () => {
  const recorder = memoryRecorder();
  const cells = new LinkCells(recorder);
  new LinkMeter(cells, "quic").add(stats({ packets: { sent: 9, lost: 0, source: quic } }));
  expect(recorder.value("moq.relay.packets_lost", { transport: "quic" })).toBe(0);
  cells.expect("websocket", "tcp_info");
  expect(recorder.value("moq.relay.packets_sent", { transport: "websocket", source: "tcp_info" })).toBe(0);
  expect(recorder.value("moq.relay.packets_lost", { transport: "websocket", source: "tcp_info" })).toBe(0);
});
