import fc from "fast-check";
import { expect, test } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { LocalBroadcast } from "./broadcast.ts";
import { CachePool } from "./cache-pool.ts";
import type { Group } from "./group.ts";
import { Origin, type Unpublish } from "./origin.ts";
import { toPath } from "./path.ts";
import { routeHash } from "./route.ts";
import { Track } from "./track.ts";

const path = toPath("room/a");
const lingerMs = 5000;
const gone = new LiteError(LiteErrorCode.transportClosed, "session lost");

/** One session that offers the path. */
interface Way {
  readonly publisher: bigint;
  readonly hops: readonly bigint[];
  readonly order: number;
  readonly track: Track;
  readonly unpublish: Unpublish;
  next: number;
  open: Group | undefined;
}
/** What is expected of one publisher. */
interface Claim {
  takenOver: number;
  readonly ways: Way[];
  /** When it is given up; absent while it has a way. */
  lostUntilMs: number | undefined;
}
interface Seen {
  readonly publisher: bigint;
  readonly groups: number[];
  ended: boolean;
}

/** The table beside a model of it that is too simple to be wrong. */
class World {
  readonly clock = new FakeClock();
  readonly pool = new CachePool();
  readonly origin = new Origin(99n, { clock: this.clock, cache: { pool: this.pool, trackBytes: 5 } });
  readonly told: string[] = [];
  readonly readers: Seen[] = [];
  readonly #claims = new Map<bigint, Claim>();
  readonly #newest = new Map<bigint, number>();
  readonly #tracks: Track[] = [];
  #order = 0;
  constructor() {
    this.origin.attach(toPath(""), {
      active: ({ hops }) => void this.told.push(`+${hops[0]}`),
      ended: () => void this.told.push("-"),
    });
  }
  get served(): bigint | undefined {
    const [first] = [...this.#claims].sort(([, a], [, b]) => b.takenOver - a.takenOver);
    return first?.[0];
  }
  get ways(): Way[] {
    return [...this.#claims.values()].flatMap(({ ways }) => ways);
  }
  get best(): Way | undefined {
    const ways = this.#claims.get(this.served ?? 0n)?.ways ?? [];
    const hash = ({ hops }: Way): bigint => routeHash(path, hops);
    return [...ways].sort(
      (a, b) => a.hops.length - b.hops.length || (hash(a) < hash(b) ? -1 : hash(a) > hash(b) ? 1 : b.order - a.order),
    )[0];
  }
  publish(publisher: bigint, between: number): void {
    const hops = [publisher, ...Array.from({ length: between % 3 }, (_, index) => BigInt(10 + between + index))];
    const track = new Track({ name: "video", clock: this.clock });
    const broadcast = new LocalBroadcast();
    broadcast.add(track);
    this.#tracks.push(track);
    const unpublish = this.origin.publish(path, broadcast, { hops });
    const way: Way = {
      publisher,
      hops,
      order: this.#order++,
      track,
      unpublish,
      next: Math.max(0, (this.#newest.get(publisher) ?? 0) - (between % 4)),
      open: undefined,
    };
    const served = this.served;
    for (const [other, { ways }] of this.#claims) if (other !== publisher && ways.length === 0) this.#claims.delete(other);
    const claim = this.#claims.get(publisher) ?? { takenOver: 0, ways: [], lostUntilMs: undefined };
    if (served !== publisher) claim.takenOver = this.#order;
    claim.lostUntilMs = undefined;
    claim.ways.push(way);
    this.#claims.set(publisher, claim);
  }
  leave(way: Way, abruptly: boolean): void {
    const claim = this.#claims.get(way.publisher);
    claim?.ways.splice(claim.ways.indexOf(way), 1);
    if (claim?.ways.length === 0) {
      if (abruptly && this.#claims.size === 1) claim.lostUntilMs = this.clock.now() + lingerMs;
      else this.#claims.delete(way.publisher);
    }
    if (abruptly) way.track.abort(gone);
    way.unpublish(abruptly ? { lingerMs } : {});
    if (!abruptly) way.track.abort(gone);
  }
  /** The next group of one way, which may be behind the other ways; it ends with the one after it. */
  write(way: Way): void {
    way.open?.finish();
    const group = way.track.createGroup(way.next);
    group.append({ timestamp: way.next, payload: new Uint8Array(10) });
    way.open = group;
    way.next++;
    this.#newest.set(way.publisher, Math.max(this.#newest.get(way.publisher) ?? 0, way.next));
  }
  async join(): Promise<void> {
    const route = this.origin.route(path);
    const publisher = route?.hops[0];
    if (!route || publisher === undefined || this.#claims.get(publisher)?.ways.length === 0) return;
    const track = await route.broadcast.track("video");
    const seen: Seen = { publisher, groups: [], ended: false };
    this.readers.push(seen);
    track.attach({
      group: ({ sequence }) => void seen.groups.push(sequence),
      dropped() {},
      ended: () => expect.unreachable("no track ends in order here"),
      aborted: () => {
        seen.ended = true;
      },
    });
  }
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    for (const [publisher, { lostUntilMs = Number.POSITIVE_INFINITY }] of this.#claims)
      if (lostUntilMs <= this.clock.now()) this.#claims.delete(publisher);
  }
  /** A group that every way of the served publisher has is with every reader of it. */
  async probe(): Promise<void> {
    const ways = this.ways.filter(({ publisher }) => publisher === this.served);
    const sequence = this.#newest.get(this.served ?? 0n) ?? 0;
    if (ways.length === 0) return;
    for (const way of ways) {
      way.next = sequence;
      this.write(way);
    }
    await microtasks();
    for (const seen of this.readers)
      if (!seen.ended && seen.publisher === this.served) expect(seen.groups.at(-1), "the newest group").toBe(sequence);
  }
  check(): void {
    const { served, best } = this;
    const route = this.origin.route(path);
    expect(route?.hops[0]).toBe(served);
    if (best) expect(route?.hops).toEqual(best.hops);
    expect(this.told.at(-1) ?? "-").toBe(served === undefined ? "-" : `+${served}`);
    for (const seen of this.readers) {
      expect(seen.groups).toEqual([...new Set(seen.groups)].sort((a, b) => a - b));
      if (seen.publisher !== served) expect(seen.ended, "a reader of who is not served is told").toBe(true);
    }
  }
  async end(): Promise<void> {
    for (const way of this.ways) this.leave(way, true);
    await this.pass(lingerMs);
    this.check();
    await this.pass(60_000);
    expect([this.origin.paths, this.origin.route(path), this.pool.bytes]).toEqual([[], undefined, 0]);
    expect(this.readers.every(({ ended }) => ended)).toBe(true);
    expect(this.#tracks.map(({ readers }) => readers)).toEqual(this.#tracks.map(() => 0));
    expect(this.clock.pendingBackground + this.clock.pending).toBe(0);
  }
}
async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("publish" as const), publisher: fc.integer({ min: 1, max: 3 }), between: fc.nat(8) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("leave" as const), which: fc.nat(9), abruptly: fc.boolean() }) },
  { weight: 14, arbitrary: fc.record({ kind: fc.constant("write" as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("join" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1000, 4999, 5000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("probe" as const) }) },
);

test("whatever publishers do, the route served is the model's, a reader sees each group at most once and in order, and nothing is left", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const world = new World();
      for (const one of steps) {
        const way = "which" in one ? world.ways[one.which % (world.ways.length || 1)] : undefined;
        if (one.kind === "publish") world.publish(BigInt(one.publisher), one.between);
        else if (one.kind === "leave" && way) world.leave(way, one.abruptly);
        else if (one.kind === "write" && way) world.write(way);
        else if (one.kind === "join") await world.join();
        else if (one.kind === "pass") await world.pass(one.ms);
        else if (one.kind === "probe") await world.probe();
        await microtasks();
        world.check();
      }
      await world.end();
    }),
    { numRuns: 80 },
  );
});
