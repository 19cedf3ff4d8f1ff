import fc from "fast-check";
import { BareReplica } from "./bare-replica.ts";
import type { Faults } from "./network.ts";
import type { World, WorldOptions } from "./world.ts";

/** What chance may do to a world. */
export interface Mix {
  readonly name: string;
  /** Most that each fault of the network happens. */
  readonly most: Faults;
  readonly happenings: readonly Happening[];
  /** Sessions that a gateway's table holds. */
  readonly tables: readonly number[];
}
type Happening = "crash" | "stop" | "reroute" | "back";

const none: Faults = { lostRequests: 0, lostAnswers: 0, repeated: 0, late: 0, proxyErrors: 0 };
const rough: Faults = { lostRequests: 0.4, lostAnswers: 0.4, repeated: 1, late: 0.2, proxyErrors: 0.1 };

export const mixes: readonly Mix[] = [
  { name: "lost requests and answers, repeats, reorders", most: rough, happenings: [], tables: [20_000] },
  { name: "restarts and re-routes to and fro", most: none, happenings: ["crash", "stop", "reroute", "back"], tables: [20_000] },
  { name: "tables that are far too small", most: none, happenings: ["reroute", "back"], tables: [1, 2, 3] },
  { name: "all of it", most: rough, happenings: ["crash", "stop", "reroute", "back"], tables: [1, 2, 20_000] },
];

/** Most sessions of a random world; half as many in the mean. */
export const mostSessions = 8;

/** Random worlds of a mix: some sessions over four minutes, before two gateways. */
export function arbitraryWorld(mix: Mix): fc.Arbitrary<WorldOptions> {
  const share = (most: number): fc.Arbitrary<number> => fc.double({ min: 0, max: most, noNaN: true });
  const faults = fc.record<Faults>({
    lostRequests: share(mix.most.lostRequests),
    lostAnswers: share(mix.most.lostAnswers),
    repeated: share(mix.most.repeated),
    late: share(mix.most.late),
    proxyErrors: share(mix.most.proxyErrors),
  });
  const happening = fc.record({
    at: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    what: mix.happenings.length === 0 ? fc.constant(undefined) : fc.constantFrom(...mix.happenings),
    replica: fc.nat({ max: 1 }),
    downMs: fc.constantFrom(0, 2_000, 30_000),
  });
  return fc
    .record({
      seed: fc.nat(),
      sessions: fc.integer({ min: 1, max: mostSessions }),
      faults,
      all: fc.array(happening, { maxLength: 6 }),
      table: fc.constantFrom(...mix.tables),
    })
    .map(({ seed, sessions, faults: network, all, table }) => ({
      seed,
      sessions,
      spanMs: 240_000,
      meanWatchMs: 80_000,
      intervalMs: 10_000,
      exportEveryMs: 10_000,
      faults: network,
      events: all.map(({ at, what, replica, downMs }) => ({ at, act: (world: World) => happen(world, { what, replica, downMs }) })),
      replica: (instance, time) => new BareReplica(instance, time, { sessions: table }),
    }));
}

interface Happens {
  readonly what: Happening | undefined;
  readonly replica: number;
  readonly downMs: number;
}

function happen(world: World, { what, replica, downMs }: Happens): unknown {
  // one that is down has nothing to lose
  const isUp = world.replicas[replica]?.process !== undefined;
  switch (what) {
    case "crash":
      return isUp ? world.crash(replica, downMs) : undefined;
    case "stop":
      return isUp ? world.stop(replica, downMs) : undefined;
    case "reroute":
      return void (world.reroutedShare = 1);
    case "back":
      return void (world.reroutedShare = 0);
    case undefined:
      return undefined;
  }
}
