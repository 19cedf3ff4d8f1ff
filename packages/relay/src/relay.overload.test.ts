import { connect as connectTcp } from "node:net";
import { LocalBroadcast, type Session, toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";
import { wire } from "./testing/wire.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions) {
  const clock = new FakeClock();
  const started = await startRelay({ clock, ...options });
  open.push(started.relay);
  const refused = (reason: string): number | undefined => started.recorder.value("moq.relay.refusals", { reason });
  return { ...started, clock, refused };
}
/** A live broadcast with one viewer who has had its first group: they stay unharmed whatever another does. */
async function honest(relay: Relay) {
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.route(publisher.path) !== undefined);
  const viewer = await TestViewer.watch(await join(relay), "show");
  publisher.group(["first"]);
  await until(() => viewer.finished.length === 1);
  const stillServed = async (): Promise<void> => {
    const before = viewer.finished.length;
    publisher.group(["more"]);
    await until(() => viewer.finished.length === before + 1);
    expect(viewer.problems).toEqual([]);
  };
  return { publisher, viewer, stillServed };
}
const asks = (session: Session, path: string): Promise<unknown> => session.broadcast(toPath(path)).track("video");

test("sessions of one address begin at a bounded rate: more are refused with 503 and counted, and let in when time has passed", async () => {
  const { relay, clock, refused, recorder } = await start({ limits: { sessionsPerSecondPerAddress: 1 } });
  for (let count = 0; count < 10; count++) await join(relay);
  for (let count = 0; count < 3; count++) await expect(join(relay)).rejects.toThrow();
  expect([refused("session_rate"), recorder.value("moq.relay.connections", { result: "overload" })]).toEqual([3, 3]);
  await clock.advance(1000);
  await join(relay);
  expect(refused("session_rate")).toBe(3);
});

test("sessions are bounded in all and per address, each by its own reason, and so are connections that never become one", async () => {
  const first = await start({ limits: { maxSessions: 2 } });
  for (let count = 0; count < 2; count++) await join(first.relay);
  await expect(join(first.relay)).rejects.toThrow();
  expect([first.refused("sessions"), first.refused("sessions_per_address")]).toEqual([1, 0]);
  const second = await start({ limits: { maxSessionsPerAddress: 2, maxPendingPerAddress: 1 } });
  for (let count = 0; count < 2; count++) await join(second.relay);
  await expect(join(second.relay)).rejects.toThrow();
  expect([second.refused("sessions"), second.refused("sessions_per_address")]).toEqual([0, 1]);
  const sockets = [0, 1, 2].map(() => connectTcp(Number(new URL(second.relay.url).port), "127.0.0.1").on("error", () => {}));
  await until(() => second.refused("pending") === 2);
  for (const socket of sockets) socket.destroy();
});

test("a session that opens requests without end has them reset and counted, lives on, and disturbs nobody", async () => {
  const { relay, clock, refused } = await start({ limits: { requestsPerSecond: 2 } });
  const { stillServed } = await honest(relay);
  const abuser = await join(relay);
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      asks(abuser, `none/${index}`).then(
        () => "found",
        ({ cause }: { readonly cause?: { readonly wireCode?: number } }) => cause?.wireCode,
      ),
    ),
  );
  // One of the twenty that may come at once is the stream on which it asks for announcements.
  expect(outcomes.filter((code) => code === 30).length).toBeGreaterThanOrEqual(19);
  expect(outcomes.filter((code) => code === 11).length).toBe(refused("request_rate"));
  expect(refused("request_rate")).toBeGreaterThanOrEqual(40);
  await stillServed();
  await clock.advance(1000);
  await expect(asks(abuser, "show")).resolves.toMatchObject({ name: "video" });
});

test("requests are bounded in all and per address; one that ends gives its place back", async () => {
  const { relay, refused } = await start({ limits: { maxRequestsPerAddress: 3 } });
  const { publisher, stillServed } = await honest(relay);
  const abuser = await join(relay);
  const names = ["a", "b", "c"];
  for (const name of names) publisher.broadcast.add(Object.assign(new TestPublisher("other", [name]).track(name)));
  const viewers = [await TestViewer.watch(abuser, "show", "a"), await TestViewer.watch(abuser, "show", "b")];
  await until(() => publisher.demands.length > 0 && relay.origin.route(publisher.path) !== undefined);
  await expect(asks(abuser, "show/none")).rejects.toMatchObject({ cause: { wireCode: 11 } });
  expect(refused("requests_per_address")).toBeGreaterThanOrEqual(1);
  viewers[0]?.leave();
  await until(() => refused("requests") === 0);
  let code: unknown;
  while (code !== 30) code = await asks(abuser, "none").catch(({ cause }: { cause?: { wireCode?: number } }) => cause?.wireCode);
  await stillServed();
});

test("announcements of a session are bounded at once and per second: more are ignored, counted, and nobody hears of them", async () => {
  const { relay, clock, refused } = await start({ limits: { maxAnnouncements: 3, announcementsPerSecond: 1 } });
  const { stillServed } = await honest(relay);
  const many = new TestPublisher("many/0");
  for (let index = 1; index < 5; index++) many.origin.publish(toPath(`many/${index}`), new LocalBroadcast());
  await join(relay, "", many.origin);
  await until(() => refused("announcements") === 2);
  expect(relay.origin.paths.filter((path) => path.startsWith("many/"))).toHaveLength(3);
  // Five of its ten are used up. Each turn is one more that is announced.
  const turns = 40;
  for (let turn = 0; turn < turns; turn++) {
    const end = many.origin.publish(toPath("many/1"), new LocalBroadcast());
    await new Promise((resolve) => setTimeout(resolve, 1));
    end();
  }
  await until(() => (refused("announcement_rate") ?? 0) > 0);
  await stillServed();
  expect(clock.now()).toBe(0);
});

test("groups of a session are taken at a bounded rate: more are stopped and counted, the session lives", async () => {
  const { relay, clock, refused, recorder } = await start({ limits: { groupsPerSecond: 1 } });
  const publisher = new TestPublisher("flood");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.route(publisher.path) !== undefined);
  const viewer = await TestViewer.watch(await join(relay), "flood");
  await until(() => publisher.demands.includes("video wanted"));
  for (let index = 0; index < 50; index++) publisher.group([`${index}`]);
  await until(() => refused("group_rate") === 40);
  await until(() => viewer.finished.length === 10);
  expect(recorder.value("moq.relay.groups_received")).toBe(10);
  await clock.advance(5000);
  publisher.group(["again"]);
  await until(() => viewer.finished.length === 11);
});

test("a viewer that keeps losing groups by its slowness is closed with 26 when that has lasted, and one that watches loses nothing", async () => {
  const limits = { slowViewerMs: 20_000 };
  const { relay, clock, refused, recorder } = await start({
    limits,
    sessionLimits: { sessionBufferedBytes: 64 * 1024 },
    pingTimeoutMs: 10_000_000,
    pingIntervalMs: 1_000_000,
  });
  const { publisher, viewer } = await honest(relay);
  const slow = await wire(relay);
  await TestViewer.watch(slow.session, "show");
  await until(() => recorder.value("moq.relay.active_subscriptions") === 2);
  slow.freeze();
  const closed = (): number | undefined => recorder.value("moq.relay.sessions_closed", { reason: "overload" });
  const large = "x".repeat(32 * 1024);
  const publish = async (): Promise<void> => {
    const before = viewer.finished.length;
    publisher.group([large]);
    await until(() => viewer.finished.length === before + 1);
  };
  // First the kernel's buffers fill up.
  while (!recorder.value("moq.relay.groups_dropped")) await publish();
  const sinceMs = clock.now();
  while (closed() === 0) {
    expect(clock.now() - sinceMs).toBeLessThanOrEqual(limits.slowViewerMs);
    await clock.advance(4000);
    await publish();
  }
  expect(clock.now() - sinceMs).toBe(limits.slowViewerMs);
  expect([refused("slow_viewer"), closed()]).toEqual([1, 1]);
  expect(viewer.problems).toEqual([]);
  slow.kill();
});

test("short of memory it refuses sessions, then subscriptions, keeps what it has, says so, and recovers only when there is room again", async () => {
  let used = 0;
  const { relay, clock, refused, recorder } = await start({ limits: { memoryLimitBytes: 1000 }, usedMemory: () => used });
  const { publisher, stillServed } = await honest(relay);
  const other = await join(relay);
  const ready = async (): Promise<string> => (await fetch(`${relay.adminUrl}/ready`)).text();
  const level = (): number | undefined => recorder.value("moq.relay.shedding");
  const at = async (bytes: number): Promise<void> => {
    used = bytes;
    await clock.advance(1000);
  };
  await stillServed();
  expect([await ready(), level(), relay.origin.cachedBytes]).toEqual(["ok\n", 0, 9]);

  await at(1000);
  expect([await ready(), level(), relay.origin.cachedBytes]).toEqual(["overloaded\n", 1, 4]);
  await expect(join(relay)).rejects.toThrow();
  expect(refused("memory")).toBe(1);
  await expect(asks(other, "show")).resolves.toMatchObject({ name: "video" });

  await at(1051);
  expect(level()).toBe(2);
  await expect(asks(other, "none")).rejects.toMatchObject({ cause: { wireCode: 567 } });
  expect(refused("memory")).toBe(2);
  await stillServed();

  await at(1001);
  expect(level()).toBe(2);
  await at(950);
  expect([level(), await ready()]).toEqual([1, "overloaded\n"]);
  await at(899);
  expect([level(), await ready()]).toEqual([0, "ok\n"]);
  await join(relay);
  await stillServed();
  expect(recorder.events.filter(({ name }) => name === "moq.overload").map(({ attributes }) => attributes["state"])).toEqual([
    "sessions refused",
    "subscriptions refused",
    "sessions refused",
    "over",
  ]);
  publisher.unannounce();
});
