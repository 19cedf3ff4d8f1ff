import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import { sampleIntervalMs } from "./metrics/sampler.ts";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import type { LinkReport } from "./session/report.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const clock = new FakeClock();
  const started = await startRelay({ clock, ...options });
  open.push(started.relay);
  return { clock, ...started };
}
async function links(relay: Relay): Promise<LinkReport[]> {
  const { sessions } = (await (await fetch(`${relay.adminUrl}/sessions`)).json()) as { sessions: { link: LinkReport }[] };
  return sessions.map(({ link }) => link);
}

test.skipIf(process.platform !== "linux")(
  "a WebSocket session over loopback has a ping and the kernel's figures, each by its source and within what loopback can be",
  async () => {
    const { relay, recorder, clock } = await start();
    const publisher = new TestPublisher("show");
    await join(relay, "", publisher.origin);
    await until(() => relay.origin.paths.length === 1);
    const viewer = await TestViewer.watch(await join(relay), "show");
    await until(() => publisher.demands.length === 1);
    publisher.group(["x".repeat(500_000)]);
    await until(() => viewer.finished.length === 1);
    expect(recorder.value("moq.relay.packets_sent", { transport: "websocket", source: "tcp_info" })).toBe(0);
    await clock.advance(sampleIntervalMs - 1);
    // The kernel is asked by a real process, whatever the clock says.
    while ((await links(relay)).some(({ packets }) => packets === undefined)) await new Promise((resolve) => setTimeout(resolve, 10));
    await clock.advance(1);
    const ofKernel = recorder.histogramOf("moq.relay.rtt", { transport: "websocket", source: "tcp_info" });
    expect(ofKernel?.count).toBe(2);
    expect(ofKernel?.sum).toBeGreaterThan(0);
    expect(ofKernel?.sum).toBeLessThan(0.2);
    expect(recorder.histogramOf("moq.relay.rtt", { transport: "websocket", source: "ping" })?.count).toBe(2);
    const window = recorder.histogramOf("moq.relay.congestion_window", { source: "tcp_info" });
    expect((window?.sum ?? 0) / (window?.count ?? 0)).toBeGreaterThan(4096);
    expect(recorder.histogramOf("moq.relay.send_rate_estimate", { transport: "websocket" })?.count).toBe(2);
    const told = await links(relay);
    expect(Object.keys(told[0]?.rttMs ?? {})).toEqual(["ping", "tcp_info"]);
    const sent = told.reduce((sum, { packets }) => sum + (packets?.sent ?? 0), 0);
    // Loopback's segments hold at most 64 KiB, and the payload needs that many at least.
    expect(sent).toBeGreaterThan(500_000 / 65_536);
    expect(sent).toBeLessThan(500);
    expect(recorder.value("moq.relay.packets_sent", { transport: "websocket", source: "tcp_info" })).toBe(sent);
    expect(recorder.value("moq.relay.packets_lost", { transport: "websocket", source: "tcp_info" })).toBe(0);
  },
);

test("without the kernel's figures a WebSocket session has its ping, and nothing claims to have counted packets", async () => {
  const { relay, recorder, clock } = await start({ tcpInfo: false });
  await join(relay);
  await until(() => recorder.value("moq.relay.active_connections") === 1);
  await clock.advance(sampleIntervalMs);
  expect(recorder.histogramOf("moq.relay.rtt", { source: "ping" })?.count).toBe(1);
  expect(recorder.histogramOf("moq.relay.rtt")?.count).toBe(1);
  for (const name of ["moq.relay.packets_sent", "moq.relay.packets_lost"] as const) expect(recorder.value(name)).toBeUndefined();
  expect(Object.keys((await links(relay))[0] ?? {})).toEqual(["rttMs"]);
});
