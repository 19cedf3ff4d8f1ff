import { memoryRecorder } from "@moqscope/telemetry/testing";
import { expect, test } from "vitest";
import { StepClock } from "../../testing/step-clock.ts";
import { HangPublisher } from "../publisher.ts";

test("frames, groups, keyframes and bits per second of what is written, by medium", async () => {
  const clock = new StepClock();
  const recorder = memoryRecorder();
  const publisher = new HangPublisher({ clock, recorder });
  const video = publisher.addVideo("v", { codec: "avc1.64001f", codedWidth: 640, codedHeight: 360 });
  const audio = publisher.addAudio("a", { codec: "opus", sampleRate: 48_000, numberOfChannels: 2 });
  // 101 frames of 1000 bytes at 25 a second, a keyframe every second; sound of 50 bytes beside each
  for (let index = 0; index <= 100; index++) {
    video.write({ timestampUs: index * 40_000, keyframe: index % 25 === 0, payload: new Uint8Array(1000) });
    audio.write({ timestampUs: index * 40_000, keyframe: true, payload: new Uint8Array(50) });
    await clock.advance(40);
  }
  publisher.close();
  expect(recorder.histogramOf("moq.publisher.frame_size", { media: "video" })).toEqual({ count: 101, sum: 101_000 });
  expect(recorder.histogramOf("moq.publisher.frame_size", { media: "audio" })).toEqual({ count: 101, sum: 5_050 });
  expect(recorder.histogramOf("moq.publisher.group_size", { media: "video" })).toEqual({ count: 5, sum: 101_000 });
  expect(recorder.histogramOf("moq.publisher.group_size", { media: "audio" })).toEqual({ count: 101, sum: 5_050 });
  expect(recorder.histogramOf("moq.publisher.keyframe_interval", { codec: "avc" })).toEqual({ count: 4, sum: 4 });
  expect(recorder.histogramOf("moq.publisher.keyframe_interval", { codec: "opus" })).toBeUndefined();
  expect(recorder.histogramOf("moq.publisher.bitrate", { media: "video" })).toEqual({ count: 2, sum: 2 * 25 * 8_000 });
  expect(recorder.histogramOf("moq.publisher.bitrate", { media: "audio" })).toEqual({ count: 2, sum: 2 * 25 * 400 });
});
