import { type Announcement, type Session, toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import { defaultRelayLimits } from "./limits.ts";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const started = await startRelay(options);
  open.push(started.relay);
  return started;
}
/** Announcements as a session is told of them. */
function follow(session: Session): string[] {
  const told: string[] = [];
  const tell = (next: Announcement): void => void told.push(`${next.kind === "active" ? "+" : "-"}${next.path}`);
  // Ends with the session, which the test closes.
  void (async () => {
    for await (const next of session.announced()) tell(next);
  })();
  return told;
}
const announced = (relay: Relay, path: string) => until(() => relay.origin.route(toPath(path)) !== undefined);

test("a late viewer gets the cached group from its first frame, then follows live", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await announced(relay, "show");
  const early = await TestViewer.watch(await join(relay), "show");
  publisher.group(["old 0", "old 1"]);
  const group = publisher.track().createGroup();
  for (const text of ["key", "delta 1", "delta 2"]) group.append({ timestamp: 0, payload: new TextEncoder().encode(text) });
  await until(() => early.groups.get(1)?.length === 3);
  const late = await TestViewer.watch(await join(relay), "show");
  await until(() => late.groups.get(1)?.length === 3);
  group.append({ timestamp: 0, payload: new TextEncoder().encode("delta 3") });
  group.finish();
  await until(() => late.finished.includes(1));
  expect([...late.groups]).toEqual([[1, ["key", "delta 1", "delta 2", "delta 3"]]]);
  expect(late.problems).toEqual([]);
  expect(recorder.value("moq.relay.cache_hits")).toBe(1);
  expect(recorder.histogramOf("moq.relay.subscribe_time", { source: "cache" })?.count).toBe(1);
});

test("fifty viewers of a track are one subscription upstream, which ends with the last of them", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await announced(relay, "show");
  expect(publisher.demands).toEqual([]);
  const viewers = await Promise.all(Array.from({ length: 50 }, async () => TestViewer.watch(await join(relay), "show")));
  await until(() => recorder.value("moq.relay.active_subscribers") === 50);
  for (let index = 0; index < 5; index++) publisher.group([`key ${index}`, "delta"]);
  await until(() => viewers.every((viewer) => viewer.finished.length === 5));
  expect(publisher.demands).toEqual(["video wanted"]);
  expect(recorder.value("moq.relay.upstream_subscriptions")).toBe(1);
  expect(recorder.value("moq.relay.frames_received")).toBe(10);
  expect(recorder.value("moq.relay.frames_sent")).toBe(500);
  expect(recorder.value("moq.relay.groups_received")).toBe(5);
  expect(recorder.value("moq.relay.groups_sent")).toBe(250);
  expect(recorder.value("moq.relay.subscriptions", { result: "ok" })).toBe(50);
  for (const viewer of viewers) viewer.leave();
  await until(() => publisher.demands.length === 2);
  expect(publisher.demands).toEqual(["video wanted", "video idle"]);
  await until(() => recorder.value("moq.relay.active_subscribers") === 0);
  expect(recorder.value("moq.relay.upstream_subscriptions")).toBe(0);
  expect(recorder.value("moq.relay.active_subscriptions")).toBe(0);
  expect(recorder.value("moq.relay.errors") ?? 0).toBe(0);
});

test("viewers hear at once what begins and what ends, and what was cut when it has not come back", async () => {
  const clock = new FakeClock();
  const { relay, recorder } = await start({ clock });
  const told = follow(await join(relay));
  const first = new TestPublisher("show");
  const session = await join(relay, "", first.origin);
  await until(() => told.length === 1);
  first.unannounce();
  await until(() => told.length === 2);
  const second = new TestPublisher("other");
  const cut = await join(relay, "", second.origin);
  await until(() => told.length === 3);
  cut.close(15, "cut");
  await until(() => recorder.value("moq.relay.sessions_closed", { reason: "protocol_violation" }) === 1);
  await clock.advance(defaultRelayLimits.lingerMs - 1);
  expect(told).toHaveLength(3);
  await clock.advance(1);
  await until(() => told.length === 4);
  expect(told).toEqual(["+show", "-show", "+other", "-other"]);
  expect(recorder.value("moq.relay.active_streams")).toBe(0);
  expect(recorder.events.map((event) => event.name).filter((name) => name.startsWith("moq.broadcast"))).toEqual([
    "moq.broadcast.active",
    "moq.broadcast.ended",
    "moq.broadcast.active",
    "moq.broadcast.ended",
  ]);
  session.close();
});

test("a publisher that comes back takes over at once, and the old session's end changes nothing", async () => {
  const { relay, recorder } = await start();
  const viewer = await join(relay);
  const told = follow(viewer);
  const before = new TestPublisher("show");
  const hung = await join(relay, "", before.origin);
  await until(() => told.length === 1);
  const old = await TestViewer.watch(viewer, "show");
  before.group(["before"]);
  await until(() => old.groups.size === 1);
  const after = new TestPublisher("show");
  await join(relay, "", after.origin);
  await until(() => told.length === 3);
  expect(told).toEqual(["+show", "-show", "+show"]);
  old.leave();
  const fresh = await TestViewer.watch(await join(relay), "show");
  after.group(["after"]);
  await until(() => fresh.groups.size === 1);
  expect([...fresh.groups.values()]).toEqual([["after"]]);
  expect(recorder.value("moq.relay.active_streams")).toBe(1);
  hung.close();
  await until(() => recorder.value("moq.relay.active_connections", { peer: "publisher" }) === 1);
  after.group(["still"]);
  await until(() => fresh.groups.size === 2);
  expect(told).toEqual(["+show", "-show", "+show"]);
});

test("the connect path is the root of what a session publishes and sees", async () => {
  const { relay } = await start();
  const publisher = new TestPublisher("alice");
  await join(relay, "room%20one/", publisher.origin);
  await announced(relay, "room one/alice");
  const [top, room, exact, beside] = await Promise.all([
    join(relay),
    join(relay, "room%20one"),
    join(relay, "room%20one/alice"),
    join(relay, "room"),
  ]);
  const told = [top, room, exact, beside].map(follow);
  await until(() => told.slice(0, 3).every((each) => each.length === 1));
  expect(told).toEqual([["+room one/alice"], ["+alice"], ["+"], []]);
  const viewer = await TestViewer.watch(room, "alice");
  publisher.group(["hello"]);
  await until(() => viewer.groups.size === 1);
  expect(await (await fetch(`${relay.url}/announced/room%20one`)).text()).toBe("alice");
});

test("a track or broadcast that does not exist is refused promptly", async () => {
  const { relay, recorder } = await start();
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await announced(relay, "show");
  const viewer = await join(relay);
  await expect(TestViewer.watch(viewer, "nobody")).rejects.toMatchObject({ name: "LiteError" });
  await expect(TestViewer.watch(viewer, "show", "no-such-track")).rejects.toMatchObject({ name: "LiteError" });
  expect(recorder.value("moq.relay.active_subscribers")).toBe(0);
});
