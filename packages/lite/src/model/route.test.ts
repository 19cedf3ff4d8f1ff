import { expect, test } from "vitest";
import { LocalBroadcast } from "./broadcast.ts";
import { toPath } from "./path.ts";
import { compareRoutes, type Route, type RouteOptions, routeHash } from "./route.ts";

const path = toPath("room/a");
const route = (options: RouteOptions = {}): Route => ({
  path,
  broadcast: new LocalBroadcast(),
  hops: [7n],
  cost: 0,
  announced: true,
  ...options,
});

test("the hash is that of the released relays: FNV-1a of the path's bytes and of each hop as 8 bytes, least significant first", () => {
  expect(routeHash(path, [7n, 300n])).toBe(0x3262b324119d91c8n);
  expect(routeHash(path, [300n, 7n])).not.toBe(0x3262b324119d91c8n);
  expect(routeHash(toPath("room/b"), [7n, 300n])).not.toBe(0x3262b324119d91c8n);
});

test("the first difference decides: announced, cost, number of hops, hash", () => {
  const worse = route({ announced: false, cost: 1, hops: [7n, 8n] });
  expect(compareRoutes(route({ cost: 9, hops: [7n, 8n, 9n] }), worse)).toBeLessThan(0);
  expect(compareRoutes(route({ announced: false, hops: [7n, 8n, 9n] }), worse)).toBeLessThan(0);
  expect(compareRoutes(route({ announced: false, cost: 1 }), worse)).toBeLessThan(0);
  const [a, b] = [route({ hops: [7n, 300n] }), route({ hops: [7n, 301n] })];
  const lower = routeHash(path, a.hops) < routeHash(path, b.hops) ? a : b;
  const higher = lower === a ? b : a;
  expect([compareRoutes(lower, higher) < 0, compareRoutes(higher, lower) > 0]).toEqual([true, true]);
  expect(compareRoutes(a, route({ hops: [7n, 300n] }))).toBe(0);
});
