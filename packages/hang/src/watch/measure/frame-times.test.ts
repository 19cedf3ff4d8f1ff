import { memoryRecorder } from "@moqscope/telemetry/testing";
import { expect, test } from "vitest";
import type { BufferedFrame } from "../buffer/group-buffer.ts";
import { FrameTimes } from "./frame-times.ts";
import { PlayerInstruments } from "./instruments.ts";

function timesOf() {
  const recorder = memoryRecorder();
  const instruments = new PlayerInstruments();
  instruments.attach(recorder);
  return { recorder, times: new FrameTimes(instruments, { media: "video", codec: "avc" }) };
}
const frame = (group: number, timestampUs: number, startedMs?: number): BufferedFrame => ({
  group,
  keyframe: true,
  timestampUs,
  payload: new Uint8Array(1),
  ...(startedMs === undefined ? {} : { startedMs }),
});

test("a frame's decoding lasts from its submission to the output of the same timestamp, whatever the order", () => {
  const { recorder, times } = timesOf();
  times.submitted(frame(0, 0), 100);
  times.submitted(frame(0, 120_000), 101);
  times.submitted(frame(0, 40_000), 102);
  times.decoded(0, 104);
  times.decoded(40_000, 110);
  times.decoded(120_000, 121);
  times.decoded(160_000, 130);
  const { count, sum } = recorder.histogramOf("moq.client.decode_time", { codec: "avc" }) ?? {};
  expect(count).toBe(3);
  expect(sum).toBeCloseTo(0.004 + 0.008 + 0.02, 9);
});
test("what the decoder lost tells no time, and what it swallows is not kept", () => {
  const { recorder, times } = timesOf();
  times.submitted(frame(0, 0), 100);
  times.lost();
  times.decoded(0, 200);
  for (let index = 0; index < 129; index++) times.submitted(frame(0, index), 100);
  times.decoded(0, 300);
  expect(recorder.histogramOf("moq.client.decode_time")).toBeUndefined();
  times.decoded(128, 105);
  expect(recorder.histogramOf("moq.client.decode_time")?.sum).toBeCloseTo(0.005, 9);
});
test("one frame in 30 tells how long it waited since its first byte; what was made here tells nothing", () => {
  const { recorder, times } = timesOf();
  for (let index = 0; index < 61; index++) times.submitted(frame(0, index, 1000 + index), 1100 + index * 2);
  const { count, sum } = recorder.histogramOf("moq.client.jitter_buffer_delay", { media: "video" }) ?? {};
  expect(count).toBe(3);
  expect(sum).toBeCloseTo(0.1 + 0.13 + 0.16, 9);
  const local = timesOf();
  local.times.submitted(frame(0, 0), 100);
  expect(local.recorder.histogramOf("moq.client.jitter_buffer_delay")).toBeUndefined();
});
test("an interval of keyframes is that of two groups in a row", () => {
  const { recorder, times } = timesOf();
  for (const [group, us] of [
    [4, 0],
    [5, 2_000_000],
    [7, 6_000_000],
    [6, 4_000_000],
    [8, 8_500_000],
    [9, 1_000_000],
  ] as const)
    times.keyframe(frame(group, us));
  const { count, sum } = recorder.histogramOf("moq.client.keyframe_interval", { codec: "avc" }) ?? {};
  expect([count, sum]).toEqual([2, 4.5]);
});
