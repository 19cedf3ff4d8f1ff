import { type Group, type Session, toPath } from "@moqscope/lite";
import { afterEach, expect, test } from "vitest";
import type { Relay } from "./relay.ts";
import { join, startRelay, TestPublisher, until } from "./testing/harness.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
async function fetched(session: Session, sequence: number): Promise<Group> {
  return (await session.broadcast(toPath("show")).track("video")).fetch(sequence);
}
const words = (group: Group): string[] => group.frames.map(({ payload }) => new TextDecoder().decode(payload));

test("a group that the relay does not have is asked of its publisher, once for all who want it, and is no subscription", async () => {
  const { relay, recorder } = await startRelay();
  open.push(relay);
  const publisher = new TestPublisher("show");
  await join(relay, "", publisher.origin);
  await until(() => relay.origin.route(toPath("show")) !== undefined);
  const group = publisher.track().createGroup();
  group.append({ timestamp: 0, payload: new TextEncoder().encode("key") });
  publisher.group(["newer"]);
  const viewers = await Promise.all(Array.from({ length: 5 }, () => join(relay)));
  const groups = await Promise.all(viewers.map((viewer) => fetched(viewer, 0)));
  expect(group.readers).toBe(1);
  group.append({ timestamp: 1, payload: new TextEncoder().encode("delta") });
  group.finish();
  await until(() => groups.every(({ state }) => state.kind === "finished"));
  for (const one of groups) expect(words(one)).toEqual(["key", "delta"]);
  await until(() => recorder.value("moq.relay.groups_sent") === 5);
  expect(recorder.value("moq.relay.groups_received")).toBe(1);
  expect(recorder.value("moq.relay.bytes_received")).toBe(8);
  expect(recorder.value("moq.relay.bytes_sent")).toBe(40);
  expect(recorder.value("moq.relay.cache_misses")).toBe(5);
  expect(recorder.value("moq.relay.upstream_subscriptions")).toBe(0);
  expect(publisher.demands).toEqual([]);
  await expect(fetched(viewers[0] as Session, 99)).rejects.toMatchObject({ code: "not_found", wireCode: 13 });
  expect(recorder.value("moq.relay.active_connections")).toBe(6);
});
