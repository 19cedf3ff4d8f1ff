import { memoryRecorder } from "@moqscope/telemetry/testing";
import { expect, test } from "vitest";
import { PlayerInstruments } from "./instruments.ts";

test("who has started and not stalled says 0 stalls; who has not started says nothing", () => {
  const recorder = memoryRecorder();
  const instruments = new PlayerInstruments();
  instruments.transport = "websocket";
  instruments.attach(recorder);
  instruments.attempt("failed");
  expect(recorder.value("moq.client.rebuffer_count")).toBeUndefined();
  instruments.attempt("started");
  expect(recorder.value("moq.client.rebuffer_count", { transport: "websocket" })).toBe(0);
  expect(recorder.value("moq.client.rebuffer_time", { transport: "websocket" })).toBe(0);
  instruments.rebufferConfirmed("network");
  expect(recorder.value("moq.client.rebuffer_count")).toBe(1);
});

test("what comes before the recorder is counted on the transport it came on, then on the one in use", () => {
  const recorder = memoryRecorder();
  const instruments = new PlayerInstruments();
  instruments.frameReceived("video");
  instruments.transport = "websocket";
  instruments.frameReceived("video");
  instruments.bytesReceived(100);
  instruments.groups("late", "audio", 2);
  instruments.connection("websocket", "ok");
  instruments.transport = "webtransport";
  instruments.attach(recorder);
  instruments.frameReceived("video");
  instruments.bytesReceived(7);
  instruments.frameDecoded("avc");
  expect(instruments.transport).toBe("webtransport");
  const received = (transport: string): number | undefined => recorder.value("moq.client.frames_received", { transport, media: "video" });
  expect([received("unknown"), received("websocket"), received("webtransport")]).toEqual([1, 1, 1]);
  expect(recorder.value("moq.client.io", { transport: "websocket" })).toBe(100);
  expect(recorder.value("moq.client.io", { transport: "webtransport" })).toBe(7);
  expect(recorder.value("moq.client.groups", { outcome: "late", media: "audio" })).toBe(2);
  expect(recorder.value("moq.client.frames_decoded", { codec: "avc" })).toBe(1);
  expect(recorder.value("moq.client.frames_decoded", { codec: "vp9" })).toBeUndefined();
});

test("what waits too long for a recorder is given up, the oldest first", () => {
  const recorder = memoryRecorder();
  const instruments = new PlayerInstruments();
  for (let i = 0; i < 3000; i++) instruments.bytesReceived(1);
  instruments.attach(recorder);
  expect(recorder.value("moq.client.io")).toBe(2048);
});
