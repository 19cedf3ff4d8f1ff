import { Origin, toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import { defaultRelayLimits } from "./limits.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { wire } from "./testing/wire.ts";

let relay: Relay | undefined;
afterEach(async () => {
  await relay?.close();
});
async function start() {
  const clock = new FakeClock();
  const started = await startRelay({ clock });
  relay = started.relay;
  const gauges = (): (number | undefined)[] =>
    ["active_streams", "active_subscriptions", "upstream_subscriptions", "cache_size"].map((name) =>
      started.recorder.value(`moq.relay.${name}` as "moq.relay.cache_size"),
    );
  return { ...started, clock, gauges };
}
/** A session of the publisher with this id, over a socket that can be cut. */
async function session(to: Relay, id: bigint) {
  const origin = new Origin(id);
  const { broadcast, demands } = new TestPublisher("show");
  origin.publish(toPath("show"), broadcast);
  const wired = await wire(to, "", origin);
  const group = (sequence: number): void => {
    const one = broadcast.tracks.get("video")?.createGroup(sequence);
    one?.append({ timestamp: 0, payload: new TextEncoder().encode(`${sequence}`) });
    one?.finish();
  };
  return { ...wired, demands, group };
}
const served = (to: Relay): Promise<void> => until(() => to.origin.route(toPath("show")) !== undefined);

test("a publisher that was cut and is back within its linger goes on where it was: its viewer stays, and nothing is left when it does not come again", async () => {
  const { relay, clock, recorder, gauges } = await start();
  const lost = (count: number): Promise<void> =>
    until(() => recorder.value("moq.relay.sessions_closed", { reason: "transport_lost" }) === count);
  const first = await session(relay, 7n);
  await served(relay);
  const viewer = await TestViewer.watch(await join(relay), "show");
  await until(() => first.demands.length === 1);
  first.group(0);
  await until(() => viewer.finished.length === 1);
  first.kill();
  await lost(1);
  await clock.advance(defaultRelayLimits.lingerMs - 1);
  const second = await session(relay, 7n);
  await until(() => second.demands.length === 1);
  second.group(1);
  await until(() => viewer.finished.length === 2);
  expect([viewer.problems, recorder.events.filter(({ name }) => name === "moq.broadcast.ended")]).toEqual([[], []]);
  expect(gauges()).toEqual([1, 1, 1, 2]);

  second.kill();
  await lost(2);
  await clock.advance(defaultRelayLimits.lingerMs);
  await until(() => viewer.problems.length === 1);
  expect(viewer.problems).toEqual(["track stream_reset"]);
  await until(() => gauges().every((value) => value === 0));
});

test("of two sessions of one publisher one is read; when it is cut, the other serves the same viewers from the next group", async () => {
  const { relay, gauges, recorder } = await start();
  const spare = await session(relay, 7n);
  await served(relay);
  const main = await session(relay, 7n);
  await until(() => recorder.value("moq.relay.announcements", { event: "active" }) === 2);
  const viewers = [await TestViewer.watch(await join(relay), "show"), await TestViewer.watch(await join(relay), "show")];
  await until(() => main.demands.length === 1);
  for (const one of [main, spare]) one.group(0);
  await until(() => viewers.every(({ finished }) => finished.length === 1));
  expect([spare.demands, gauges()[2]]).toEqual([[], 1]);
  main.kill();
  await until(() => spare.demands.length === 1);
  spare.group(1);
  await until(() => viewers.every(({ finished }) => finished.length === 2));
  expect(viewers.map(({ groups, problems }) => [[...groups.keys()], problems])).toEqual([
    [[0, 1], []],
    [[0, 1], []],
  ]);
  expect(gauges().slice(0, 3)).toEqual([1, 2, 1]);
});
