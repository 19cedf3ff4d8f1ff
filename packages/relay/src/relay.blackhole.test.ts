import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import type { Relay } from "./relay.ts";
import type { SessionReport } from "./session/report.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { wire } from "./testing/wire.ts";

let relay: Relay | undefined;
afterEach(async () => {
  await relay?.close();
});
async function reports(of: Relay): Promise<readonly SessionReport[]> {
  const { sessions } = (await (await fetch(`${of.adminUrl}/sessions`)).json()) as { sessions: SessionReport[] };
  return sessions;
}

const budget = 512 * 1024;
const payload = "x".repeat(64 * 1024);

test("a viewer that reads nothing costs a bounded buffer, loses groups by name, is dropped by ping, and disturbs nobody", {
  timeout: 60_000,
}, async () => {
  const clock = new FakeClock();
  const { relay: started, recorder } = await startRelay({
    clock,
    limits: { handshakeTimeoutMs: 1_000_000 },
    pingIntervalMs: 5_000,
    pingTimeoutMs: 30_000,
    sessionLimits: { sessionBufferedBytes: budget },
  });
  relay = started;
  const publisher = new TestPublisher("show", ["video", "audio"]);
  await join(relay, "", publisher.origin);
  await until(() => started.origin.paths.length === 1);
  const hole = await wire(relay);
  await TestViewer.watch(hole.session, "show");
  const session = await join(relay);
  const healthy = await TestViewer.watch(session, "show");
  await until(() => recorder.value("moq.relay.active_subscribers") === 2 && publisher.demands.length === 1);
  hole.freeze();

  let most = 0;
  let groups = 0;
  const publish = async (): Promise<void> => {
    groups += 1;
    publisher.group([payload, payload, payload, payload]);
    await until(() => healthy.finished.length === groups);
    most = Math.max(most, recorder.value("moq.relay.send_buffer") ?? 0);
  };
  // Far more than budget and sockets take: the rest is given up, not kept.
  while ((recorder.value("moq.relay.groups_dropped", { reason: "backpressure" }) ?? 0) < 20) await publish();
  // What was given up is not among what was sent: the healthy viewer's share is exact, the rest fits the window of the other.
  const healthyBytes = groups * 4 * payload.length;
  await until(() => (recorder.value("moq.relay.bytes_sent") ?? 0) >= healthyBytes);
  const holeBytes = (recorder.value("moq.relay.bytes_sent") ?? 0) - healthyBytes;
  expect(holeBytes).toBeLessThanOrEqual(1024 * 1024);
  expect(holeBytes % payload.length).toBe(0);
  expect(most).toBeGreaterThan(budget / 3);
  expect(most).toBeLessThan(4 * budget);
  expect(recorder.value("moq.relay.broadcast.groups_dropped")).toBe(recorder.value("moq.relay.groups_dropped"));
  expect(recorder.value("moq.relay.active_subscribers")).toBe(2);

  for (let waitedMs = 0; waitedMs <= 30_000; waitedMs += 5_000) {
    const heard = (await reports(started)).at(-1)?.bytesReceived ?? 0;
    const audio = await TestViewer.watch(session, "show", "audio");
    await until(() => publisher.demands.at(-1) === "audio wanted");
    audio.leave();
    await until(() => publisher.demands.at(-1) === "audio idle");
    await publish();
    expect((await reports(started)).at(-1)?.bytesReceived).toBeGreaterThan(heard);
    await clock.advance(5_000);
  }
  await until(() => recorder.value("moq.relay.sessions_closed", { reason: "idle_timeout" }) === 1);
  await until(() => recorder.value("moq.relay.send_buffer") === 0);
  expect(recorder.value("moq.relay.active_subscribers")).toBe(1);
  expect(recorder.value("moq.relay.errors", { "error.type": "timeout" })).toBe(1);
  await publish();
  // Once cut, its account does not change any more.
  await until(() => recorder.value("moq.relay.bytes_sent") === groups * 4 * payload.length + holeBytes);
  expect(healthy.problems).toEqual([]);
  expect(healthy.groups.size).toBe(groups);
});
