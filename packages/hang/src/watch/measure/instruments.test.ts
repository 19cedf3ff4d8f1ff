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
