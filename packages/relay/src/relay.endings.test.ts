import { toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import { defaultRelayLimits } from "./limits.ts";
import type { Relay } from "./relay.ts";
import { startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { type Wired, wire } from "./testing/wire.ts";

let relay: Relay | undefined;
afterEach(async () => {
  await relay?.close();
});

const endings = ["clean", "code", "kill", "garbage", "silence"] as const;
type Ending = (typeof endings)[number];
const gauges = [
  "moq.relay.active_connections",
  "moq.relay.active_subscribers",
  "moq.relay.active_streams",
  "moq.relay.active_subscriptions",
  "moq.relay.upstream_subscriptions",
  "moq.relay.send_buffer",
  "moq.relay.cache_size",
] as const;

function end(wired: Wired, how: Ending): void {
  switch (how) {
    case "clean":
      return wired.session.close();
    case "code":
      return wired.session.close(15, "violation");
    case "kill":
      return wired.kill();
    case "garbage":
      return wired.garbage();
    case "silence":
      return wired.freeze();
  }
}

test("1000 sessions ended in each way: every gauge returns to exactly 0 and every end has its reason", { timeout: 120_000 }, async () => {
  const clock = new FakeClock();
  const started = await startRelay({ clock, limits: { handshakeTimeoutMs: 1_000_000 }, pingIntervalMs: 4_000, pingTimeoutMs: 4_000 });
  relay = started.relay;
  const { recorder } = started;
  const rounds = 5;
  const each = 40;
  for (let round = 0; round < rounds; round++) {
    const main = new TestPublisher("main");
    const source = await wire(relay, "", main.origin);
    await until(() => started.relay.origin.route(toPath("main")) !== undefined);
    const ends = await Promise.all(
      Array.from({ length: endings.length * each - (round === 0 ? 1 : 0) }, (_, index) => join(started.relay, index)),
    );
    main.group(["key", "delta"]);
    const viewers = ends.filter(({ viewer }) => viewer).length;
    await until(() => recorder.value("moq.relay.active_subscribers") === viewers);
    expect(recorder.value("moq.relay.active_connections")).toBe(ends.length + 1);
    ends.forEach(({ wired }, index) => end(wired, endings[index % endings.length] ?? "clean"));
    end(source, endings[round] ?? "clean");
    // Who is silent is still there; everyone else has gone.
    const silent = ends.filter((_, index) => endings[index % endings.length] === "silence").length + (endings[round] === "silence" ? 1 : 0);
    await until(() => recorder.value("moq.relay.active_connections") === silent);
    await clock.advance(4_000);
    await until(() => recorder.value("moq.relay.active_connections") === 0);
    for (const { wired } of [...ends, { wired: source }]) wired.kill();
  }
  await clock.advance(defaultRelayLimits.lingerMs);
  for (const name of gauges) expect(recorder.value(name), name).toBe(0);
  expect(recorder.value("moq.relay.broadcast.subscribers", { broadcast: "main" }), "no broadcast is left").toBeUndefined();
  const accepted = recorder.value("moq.relay.connections", { result: "accepted" });
  expect(accepted).toBe(rounds * (endings.length * each + 1) - 1);
  expect(recorder.value("moq.relay.sessions_closed")).toBe(accepted);
  const closed = (reason: string) => recorder.value("moq.relay.sessions_closed", { reason });
  expect([closed("clean"), closed("protocol_violation"), closed("transport_lost"), closed("idle_timeout"), closed("other")]).toEqual([
    201, 402, 201, 200, 0,
  ]);
  expect(recorder.histogramOf("moq.relay.session_duration")?.count).toBe(accepted);
  expect(recorder.value("moq.relay.errors", { stage: "media" })).toBe(402 + 201 + 200);
});

/** Half of them watch, a quarter publish, the rest are idle. */
async function join(to: Relay, index: number): Promise<{ wired: Wired; viewer: boolean }> {
  const publisher = index % 4 === 1 ? new TestPublisher(`side/${index}`) : undefined;
  const wired = await wire(to, "", publisher?.origin);
  const viewer = index % 2 === 0;
  if (viewer) await TestViewer.watch(wired.session, "main");
  return { wired, viewer };
}
