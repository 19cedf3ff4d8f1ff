import { afterEach, expect, test } from "vitest";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { wire } from "./testing/wire.ts";

let relay: Relay | undefined;
afterEach(async () => {
  await relay?.close();
});

test("a viewer that reads nothing costs a bounded buffer, loses groups by name, is dropped, and disturbs nobody", {
  timeout: 60_000,
}, async () => {
  const sessionBufferedBytes = 1024 * 1024;
  const started = await startRelay({ pingIntervalMs: 200, pingTimeoutMs: 2_000, sessionLimits: { sessionBufferedBytes } });
  relay = started.relay;
  const { recorder } = started;
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => started.relay.origin.paths.length === 1);
  const hole = await wire(relay);
  await TestViewer.watch(hole.session, "show");
  const healthy = await TestViewer.watch(await join(relay), "show");
  await until(() => recorder.value("moq.relay.active_subscribers") === 2);
  hole.freeze();
  const payload = "x".repeat(64 * 1024);
  let most = 0;
  let groups = 0;
  while (recorder.value("moq.relay.active_subscribers") === 2) {
    publisher.group([payload, payload, payload, payload]);
    groups += 1;
    await until(() => healthy.finished.length === groups);
    most = Math.max(most, recorder.value("moq.relay.send_buffer") ?? 0);
  }
  // Far more than sockets and budget take: the rest was given up, not kept.
  expect(groups * payload.length * 4).toBeGreaterThan(16 * sessionBufferedBytes);
  expect(most).toBeGreaterThan(sessionBufferedBytes / 2);
  expect(most).toBeLessThan(4 * sessionBufferedBytes);
  expect(recorder.value("moq.relay.groups_dropped", { reason: "backpressure" })).toBeGreaterThan(0);
  expect(recorder.value("moq.relay.broadcast.groups_dropped")).toBe(recorder.value("moq.relay.groups_dropped"));
  await until(() => recorder.value("moq.relay.sessions_closed", { reason: "idle_timeout" }) === 1);
  expect(recorder.value("moq.relay.send_buffer")).toBe(0);
  expect(healthy.problems).toEqual([]);
  expect(healthy.groups.size).toBe(groups);
});
