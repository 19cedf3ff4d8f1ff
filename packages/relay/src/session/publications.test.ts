import { type Announcement, LocalBroadcast, Origin, type Session, toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { expect, test } from "vitest";
import { Publications } from "./publications.ts";

/** The three members of a session that are used here. */
function announcing(announcements: readonly Announcement[], clean = true): Session {
  const broadcast = new LocalBroadcast();
  const session: Pick<Session, "announced" | "broadcast" | "closed"> = {
    closed: Promise.resolve({ clean, code: 0, reason: "", by: clean ? "peer" : "lost" }),
    broadcast: () => broadcast,
    async *announced() {
      yield* announcements;
    },
  };
  return session as Session;
}
function told(origin: Origin): string[] {
  const changes: string[] = [];
  origin.attach(toPath(""), {
    active: ({ path, hops }) => void changes.push(`+${path} by ${hops.join(",")}`),
    ended: (path) => void changes.push(`-${path}`),
  });
  return changes;
}
const path = toPath("show");

test("a better route to the same publisher replaces the one before, and the end leaves nothing", async () => {
  const origin = new Origin();
  const changes = told(origin);
  let published = 0;
  const publications = new Publications({
    origin,
    root: toPath("room"),
    session: announcing([
      { kind: "active", path, hops: [1n, 2n] },
      { kind: "active", path, hops: [1n] },
      { kind: "ended", path },
    ]),
    lingerMs: 5000,
    mayPublish: () => true,
    onFirst: () => (published += 1),
    onRefused: () => {},
  });
  await publications.run();
  expect(changes).toEqual(["+room/show by 1,2", "+room/show by 1", "-room/show"]);
  expect(origin.paths).toEqual([]);
  expect(published).toBeGreaterThan(0);
});

test("what is still announced at the end of a session is taken back", async () => {
  const origin = new Origin();
  const changes = told(origin);
  const session = announcing([
    { kind: "active", path, hops: [1n] },
    { kind: "active", path: toPath("other"), hops: [1n] },
  ]);
  const publications = new Publications({
    origin,
    root: toPath(""),
    session,
    lingerMs: 5000,
    mayPublish: () => true,
    onFirst: () => {},
    onRefused: () => {},
  });
  await publications.run();
  expect(changes).toEqual(["+show by 1", "+other by 1", "-show", "-other"]);
  expect(publications.paths).toEqual([]);
});

test("what may not be announced is ignored and told, and makes no publisher", async () => {
  const origin = new Origin();
  const changes = told(origin);
  const session = announcing([
    { kind: "active", path, hops: [1n] },
    { kind: "active", path: toPath("mine"), hops: [1n] },
  ]);
  const heard: string[] = [];
  const publications = new Publications({
    origin,
    root: toPath("room"),
    session,
    lingerMs: 5000,
    mayPublish: (asked) => asked === "mine",
    onFirst: () => void heard.push("publisher"),
    onRefused: (asked) => void heard.push(`refused ${asked}`),
  });
  await publications.run();
  expect(changes).toEqual(["+room/mine by 1", "-room/mine"]);
  expect(heard).toEqual(["refused show", "publisher"]);
});

test("what is lost with a session lingers for its publisher, and a new publisher at its path takes over without a gap", async () => {
  const clock = new FakeClock();
  const origin = new Origin(9n, { clock });
  const changes = told(origin);
  const session = announcing(
    [
      { kind: "active", path, hops: [1n] },
      { kind: "active", path, hops: [2n] },
    ],
    false,
  );
  const common = { origin, root: toPath(""), session, lingerMs: 5000 };
  await new Publications({ ...common, mayPublish: () => true, onFirst: () => {}, onRefused: () => {} }).run();
  expect(changes).toEqual(["+show by 1", "-show", "+show by 2"]);
  await clock.advance(4999);
  expect(origin.paths).toEqual(["show"]);
  await clock.advance(1);
  expect(changes.at(-1)).toBe("-show");
  expect([origin.paths, clock.pendingBackground]).toEqual([[], 0]);
});
