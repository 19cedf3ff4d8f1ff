import { LocalBroadcast, Origin, type OriginReader, toPath } from "@moqscope/lite";
import { expect, test } from "vitest";
import { RootedOrigin } from "./rooted-origin.ts";

function recording(): OriginReader & { readonly told: string[] } {
  const told: string[] = [];
  return { told, active: ({ path }) => void told.push(`+${path}`), ended: (path) => void told.push(`-${path}`) };
}

test("a session below a root sees and publishes paths relative to it, and nothing beside it", () => {
  const table = new Origin(7n);
  const view = new RootedOrigin(table, () => ({ root: "room", put: [""], get: [""] }));
  const reader = recording();
  view.attach(toPath(""), reader);
  const gone = table.publish(toPath("room/a"), new LocalBroadcast());
  table.publish(toPath("roommate/b"), new LocalBroadcast());
  view.publish(toPath("c"), new LocalBroadcast());
  gone();
  expect(reader.told).toEqual(["+a", "+c", "-a"]);
  expect(view.id).toBe(7n);
  expect(view.paths).toEqual(["c"]);
  expect(table.paths).toEqual(["roommate/b", "room/c"]);
  expect(view.route(toPath("c"))?.path).toBe("c");
  expect(view.route(toPath("a"))).toBeUndefined();
  expect(view.route(toPath("room/c"))).toBeUndefined();
});

test("a prefix below the root, and the exclusion of a peer, hold", () => {
  const table = new Origin();
  const view = new RootedOrigin(table, () => ({ root: "room", put: [""], get: [""] }));
  const reader = recording();
  const reading = view.attach(toPath("x"), reader, 9n);
  table.publish(toPath("room/x/1"), new LocalBroadcast(), { hops: [9n] });
  table.publish(toPath("room/x/2"), new LocalBroadcast(), { hops: [8n] });
  table.publish(toPath("room/y"), new LocalBroadcast());
  reading.detach();
  table.publish(toPath("room/x/3"), new LocalBroadcast());
  expect(reader.told).toEqual(["+x/2"]);
});

test("only what is granted is seen, and the rest may not be asked for", () => {
  const table = new Origin();
  const view = new RootedOrigin(table, () => ({ root: "room", put: [], get: ["a", "b/c"] }));
  const reader = recording();
  view.attach(toPath(""), reader);
  const gone = ["room/a", "room/a/deep", "room/ab", "room/b", "room/b/c"].map((path) => table.publish(toPath(path), new LocalBroadcast()));
  for (const end of gone.slice(0, 3)) end();
  expect(reader.told).toEqual(["+a", "+a/deep", "+b/c", "-a", "-a/deep"]);
  expect(view.paths).toEqual(["b/c"]);
  expect(view.route(toPath("b/c"))?.path).toBe("b/c");
  expect(view.route(toPath("a/none"))).toBeUndefined();
  for (const path of ["b", "ab", ""])
    expect(() => view.route(toPath(path))).toThrow(expect.objectContaining({ code: "unauthorized" }) as Error);
});
