import { LiteError, LiteErrorCode, type Session, toPath } from "@moqscope/lite";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { expect, test } from "vitest";
import { StepClock } from "../../testing/step-clock.ts";
import { LinkAccounts } from "./link-accounts.ts";

const epochMs = 1_700_000_000_000;
function accounts({ wallOffMs = 0 } = {}) {
  const clock = new StepClock();
  const recorder = memoryRecorder();
  const link = { bufferedBytes: 0, rttMs: 30 };
  const session = {
    transport: { kind: "webtransport", stats: () => ({ bufferedBytes: link.bufferedBytes, rtt: { ms: link.rttMs, source: "quic" } }) },
    link: {},
  } as unknown as Session;
  const told = new LinkAccounts({
    recorder,
    clock,
    broadcast: "demo.hang",
    wallClock: () => epochMs + wallOffMs + clock.now(),
  });
  return { clock, recorder, link, session, told };
}
const lost = new LiteError(LiteErrorCode.transportClosed, "gone");

test("time counts while a session is up, and as blocked while something waits to be sent", async () => {
  const { clock, recorder, link, session, told } = accounts();
  await clock.advance(3_000);
  expect(recorder.value("moq.publisher.publish_time")).toBeUndefined();
  told.status({ kind: "connected", session });
  await clock.advance(10_000);
  expect(recorder.value("moq.publisher.send_blocked_time", { transport: "webtransport" })).toBe(0);
  link.bufferedBytes = 1;
  await clock.advance(2_000);
  link.bufferedBytes = 0;
  await clock.advance(1_000);
  told.status({ kind: "waiting", retryInMs: 1, error: lost });
  await clock.advance(5_000);
  told.close();
  expect(recorder.value("moq.publisher.publish_time", { transport: "webtransport" })).toBeCloseTo(13, 6);
  expect(recorder.value("moq.publisher.send_blocked_time", { transport: "webtransport" })).toBeCloseTo(2, 1);
  expect(recorder.histogramOf("moq.publisher.rtt", { source: "quic" })).toEqual({ count: 1, sum: 0.03 });
  expect(clock.pending).toBe(0);
});
test("an attempt is started by the first SUBSCRIBE, once, with its span; a FETCH is none", async () => {
  const { clock, recorder, session, told } = accounts();
  told.status({ kind: "connected", session });
  await clock.advance(1_500);
  told.meter.serving(toPath("demo.hang"), "video", "fetch");
  expect(recorder.value("moq.publisher.publish_attempts")).toBeUndefined();
  for (let viewer = 0; viewer < 3; viewer++) {
    const flow = told.meter.serving(toPath("demo.hang"), "video", "subscribe");
    flow.frame({ timestamp: 0, payload: new Uint8Array(100) }, true);
  }
  told.failed(lost, true);
  told.close();
  expect(recorder.value("moq.publisher.publish_attempts")).toBe(1);
  expect(recorder.value("moq.publisher.publish_attempts", { outcome: "started", transport: "webtransport" })).toBe(1);
  expect(recorder.value("moq.publisher.io", { direction: "sent", transport: "webtransport" })).toBe(300);
  const [span] = recorder.spans;
  expect(recorder.spans).toHaveLength(1);
  expect(span).toMatchObject({ name: "moq.publish.start", attributes: { "moq.outcome": "started", "moq.broadcast": "demo.hang" } });
  expect((span?.endMs ?? 0) - (span?.startMs ?? 0)).toBe(1_500);
});
test("who gives up has failed, who leaves before anybody asked has exited", () => {
  const failing = accounts();
  failing.told.attempted({ transport: "websocket", result: "timeout" });
  failing.told.failed(new LiteError(LiteErrorCode.timeout, "no relay"), true);
  failing.told.close();
  expect(failing.recorder.value("moq.publisher.publish_attempts", { outcome: "failed", transport: "unknown" })).toBe(1);
  expect(failing.recorder.value("moq.publisher.errors", { "error.type": "connect_timeout", fatal: "true" })).toBe(1);
  expect(failing.recorder.value("moq.publisher.connections", { transport: "websocket", result: "timeout" })).toBe(1);
  const leaving = accounts();
  leaving.told.status({ kind: "connected", session: leaving.session });
  leaving.told.close();
  expect(leaving.recorder.value("moq.publisher.publish_attempts", { outcome: "exited", transport: "webtransport" })).toBe(1);
});
test("each reconnect has its reason: lost, silent, never set up, sent on", () => {
  const { recorder, session, told } = accounts();
  told.status({ kind: "connecting", attempt: 1 });
  told.status({ kind: "waiting", retryInMs: 1, error: lost });
  told.status({ kind: "connecting", attempt: 2 });
  expect(recorder.value("moq.publisher.reconnects")).toBeUndefined();
  told.status({ kind: "connected", session });
  told.status({ kind: "connected", session });
  told.status({ kind: "waiting", retryInMs: 1, error: lost });
  told.status({ kind: "connecting", attempt: 1 });
  told.status({ kind: "waiting", retryInMs: 1, error: lost });
  told.status({ kind: "connecting", attempt: 2 });
  told.status({ kind: "connected", session });
  told.status({ kind: "waiting", retryInMs: 1, error: new LiteError(LiteErrorCode.timeout, "silent") });
  told.status({ kind: "connecting", attempt: 1 });
  told.close();
  const of = (reason: string) => recorder.value("moq.publisher.reconnects", { reason } as never);
  expect([of("goaway"), of("transport_lost"), of("setup_error"), of("idle_timeout")]).toEqual([1, 1, 1, 1]);
});
test.each([
  [400, "ahead"],
  [-5_000, "behind"],
] as const)("a wall clock that is %d ms off is told as %s by that", (wallOffMs, sign) => {
  const { clock, recorder, told } = accounts({ wallOffMs });
  told.clockEstimated({ offsetMs: epochMs, uncertaintyMs: 1, atMs: clock.now() - 20 });
  expect(recorder.histogramOf("moq.publisher.clock_offset", { sign })).toEqual({ count: 1, sum: Math.abs(wallOffMs) / 1000 });
  told.close();
});
