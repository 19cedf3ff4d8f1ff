import { toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { afterEach, expect, test } from "vitest";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, until } from "./testing/harness.ts";
import { Issuer } from "./testing/issuer.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function start(options: RelayOptions = {}) {
  const started = await startRelay(options);
  open.push(started.relay);
  return started;
}
async function publishing(relay: Relay, path = "room/show"): Promise<TestPublisher> {
  const publisher = new TestPublisher(path);
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.paths.includes(toPath(path)));
  return publisher;
}
const ask = async (relay: Relay, target: string): Promise<[number, string]> => {
  const response = await fetch(`${relay.url}/fetch/${target}`);
  return [response.status, await response.text()];
};

test("the latest group, and one by its number, come as their payloads, counted as a FETCH is", async () => {
  const { relay, recorder } = await start();
  const publisher = await publishing(relay);
  const bytes = [publisher.group(["key ", "delta"]), publisher.group(["newer"])];
  expect(await ask(relay, "room/show/video")).toEqual([200, "newer"]);
  expect(await ask(relay, "room/show/video?group=latest")).toEqual([200, "newer"]);
  expect(await ask(relay, "room/show/video?group=0")).toEqual([200, "key delta"]);
  await until(() => recorder.value("moq.relay.groups_sent") === 3);
  expect(recorder.value("moq.relay.bytes_sent", { transport: "unknown" })).toBe((bytes[0] ?? 0) + 2 * (bytes[1] ?? 0));
  expect(recorder.value("moq.relay.active_subscriptions")).toBe(0);
  await until(() => publisher.demands.at(-1) === "video idle");
});

test("a group that is not over is streamed as its frames come", async () => {
  const { relay } = await start();
  const publisher = await publishing(relay);
  const group = publisher.track().createGroup();
  group.append({ timestamp: 0, payload: new TextEncoder().encode("first") });
  const response = await fetch(`${relay.url}/fetch/room/show/video`);
  const reader = (response.body ?? new ReadableStream()).getReader();
  expect(new TextDecoder().decode((await reader.read()).value as Uint8Array)).toBe("first");
  group.append({ timestamp: 1, payload: new TextEncoder().encode("second") });
  expect(new TextDecoder().decode((await reader.read()).value as Uint8Array)).toBe("second");
  group.finish();
  expect((await reader.read()).done).toBe(true);
});

test("no such track or group is 404, no broadcast or number 400, and HEAD is not served", async () => {
  const { relay } = await start();
  const publisher = await publishing(relay);
  publisher.group(["one"]);
  expect((await ask(relay, "room/show/audio"))[0]).toBe(404);
  expect((await ask(relay, "room/show/video?group=99"))[0]).toBe(404);
  for (const target of ["video", "", "room/show/", "room/show/video?group=-1", "room/show/video?group=1e3"])
    expect((await ask(relay, target))[0]).toBe(400);
  expect((await fetch(`${relay.url}/fetch/room/show/video`, { method: "HEAD" })).status).toBe(405);
});

test("a broadcast that comes is waited for, one that does not come is 504 after 30 s", async () => {
  const clock = new FakeClock();
  const { relay } = await start({ clock });
  const waiting = ask(relay, "room/none/video");
  let answered = false;
  void waiting.then(() => {
    answered = true;
  });
  const found = ask(relay, "room/show/video");
  const publisher = new TestPublisher("room/show");
  publisher.group(["here"]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  relay.origin.publish(toPath("room/show"), publisher.broadcast);
  expect(await found).toEqual([200, "here"]);
  await clock.advance(29_999);
  expect(answered).toBe(false);
  await clock.advance(1);
  expect((await waiting)[0]).toBe(504);
});

test("it needs a token that lets watch the broadcast, and a place", async () => {
  const issuer = await Issuer.create();
  const { relay, recorder } = await start({ auth: { keys: issuer.keys }, limits: { maxSessions: 1 } });
  const publisher = new TestPublisher("room/show");
  publisher.group(["hello"]);
  relay.origin.publish(toPath("room/show"), publisher.broadcast);
  const target = "room/show/video";
  expect(await ask(relay, target + (await issuer.query({ root: "room", get: "" })))).toEqual([200, "hello"]);
  expect((await ask(relay, target))[0]).toBe(401);
  expect((await ask(relay, target + (await issuer.query({ root: "room", put: "" }))))[0]).toBe(401);
  expect((await ask(relay, target + (await issuer.query({ root: "room", get: "show/deeper" }))))[0]).toBe(401);
  expect((await ask(relay, target + (await issuer.query({ get: "", exp: 1 }))))[0]).toBe(401);
  expect(recorder.value("moq.relay.auth_failures", { reason: "scope", transport: "unknown" })).toBe(2);
  const session = await join(relay, `room${await issuer.query({ get: "" })}`);
  expect((await ask(relay, target + (await issuer.query({ get: "" }))))[0]).toBe(503);
  session.close();
});
