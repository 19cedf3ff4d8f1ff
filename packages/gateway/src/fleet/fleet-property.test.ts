import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FleetProcess } from "../testing/fleet.ts";
import { type Body, PlayerModel } from "../testing/player-model.ts";

const intervalMs = 10_000;

/** What the network and the gateways do with one report interval. */
interface Step {
  readonly player: number;
  readonly frames: number;
  readonly stalls: number;
  readonly starts: readonly number[];
  readonly way: "arrives" | "request lost" | "answer lost" | "late";
  /** How often the same body is tried again when no answer came. */
  readonly retries: number;
  readonly isRepeatedLater: boolean;
  readonly event: "none" | "restart" | "reroute" | "pause" | "long pause";
}

const steps = (options: { readonly ways: readonly Step["way"][]; readonly events: readonly Step["event"][] }): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record<Step>({
      player: fc.nat({ max: 2 }),
      frames: fc.nat({ max: 3 }),
      stalls: fc.nat({ max: 2 }),
      starts: fc.array(fc.constantFrom(0.2, 0.7, 5, 50), { maxLength: 1 }),
      way: fc.constantFrom(...options.ways),
      retries: fc.nat({ max: 2 }),
      isRepeatedLater: fc.boolean(),
      event: fc.constantFrom(...options.events),
    }),
    { minLength: 1, maxLength: 40 },
  );

/** Three players, two gateway processes behind a balancer, and a network that loses, repeats and delays. */
class World {
  nowMs = 1_800_000_000_000;
  readonly #players: PlayerModel[];
  readonly #route: number[] = [0, 0, 0];
  readonly #alive: FleetProcess[];
  readonly #dead: FleetProcess[] = [];
  readonly #inFlight: { readonly body: Body; readonly player: number }[] = [];
  readonly #sessions: number;
  /** The newest truth of each player that reached a gateway. */
  readonly delivered: { frames: number; stalls: number; starts: number }[] = [];
  #processes = 0;

  constructor(sessions: number, skewMs: number) {
    this.#sessions = sessions;
    this.#alive = [this.#process(), this.#process()];
    this.#players = [0, 1, 2].map(
      (n) =>
        new PlayerModel({ sessionId: `session-number-${n}`, nowMs: this.nowMs, skewMs: n === 2 ? skewMs : 0, gateway: this.#alive[0]?.id }),
    );
    for (const _ of this.#players) this.delivered.push({ frames: 0, stalls: 0, starts: 0 });
  }

  step(step: Step): void {
    this.nowMs += intervalMs;
    const player = this.#players[step.player];
    if (player === undefined) return;
    this.#happen(step);
    for (const process of this.#alive) process.expire(this.nowMs);
    const arriving = this.#inFlight.splice(0);
    player.play(step.frames, step.stalls, step.starts);
    this.#send(step.player, player.report(this.nowMs), step);
    for (const { body, player: owner } of arriving) this.#deliver(body, owner, false);
  }

  /** Two undisturbed reports of everyone: the second one carries what a resync of the first asked for. */
  settle(): void {
    for (const [index, player] of this.#players.entries()) {
      for (let round = 0; round < 2; round++) {
        this.nowMs += 100;
        this.#exchange(index, player.report(this.nowMs));
      }
    }
  }

  truth(): { frames: number; stalls: number; starts: number } {
    const all = this.#players.map(({ truth }) => truth);
    return add(all.map(({ frames, stalls, starts }) => ({ frames, stalls, starts: starts.length })));
  }

  counted(): { frames: number; stalls: number; starts: number } {
    return add(
      [...this.#alive, ...this.#dead].map((process) => ({
        frames: process.total("moq.client.frames_received"),
        stalls: process.total("moq.client.rebuffer_count"),
        starts: process.total("moq.client.startup_time"),
      })),
    );
  }

  #process(): FleetProcess {
    return new FleetProcess(`gateway-${this.#processes++}`, { sessions: this.#sessions });
  }

  #happen({ event, player }: Step): void {
    const at = this.#route[player] ?? 0;
    switch (event) {
      case "none":
        return;
      case "restart": {
        const [old] = this.#alive.splice(at, 1, this.#process());
        if (old !== undefined) this.#dead.push(old);
        return;
      }
      case "reroute":
        this.#route[player] = 1 - at;
        return;
      case "pause":
        this.nowMs += 70_000;
        return;
      case "long pause":
        this.nowMs += 200_000;
    }
  }

  #send(index: number, body: Body, { way, retries, isRepeatedLater }: Step): void {
    const player = this.#players[index];
    let isRefused = false;
    switch (way) {
      case "arrives":
        isRefused = this.#exchange(index, body);
        break;
      case "request lost":
        player?.unanswered(body);
        if (retries > 0) this.#exchange(index, body);
        break;
      case "answer lost":
        isRefused = this.#deliver(body, index, false);
        player?.unanswered(body);
        if (retries > 0) this.#exchange(index, body);
        break;
      case "late":
        player?.unanswered(body);
        this.#inFlight.push({ body, player: index });
    }
    // a repeat is of a body that was taken: one that was answered with a resync is no attempt that is still under way
    if (isRepeatedLater && !isRefused) this.#inFlight.push({ body, player: index });
  }

  /** Request and answer arrive; a resync is followed at once by the rebased report. */
  #exchange(index: number, body: Body, depth = 0): boolean {
    const player = this.#players[index];
    const process = this.#alive[this.#route[index] ?? 0];
    if (player === undefined || process === undefined) return false;
    const isResync = this.#deliver(body, index, true);
    if (isResync) {
      player.resync(this.nowMs, process.id);
      this.nowMs += 10;
      if (depth < 2) this.#exchange(index, player.report(this.nowMs), depth + 1);
    } else player.acknowledged(body);
    return isResync;
  }

  #deliver(body: Body, index: number, isAnswered: boolean): boolean {
    const answer = this.#alive[this.#route[index] ?? 0]?.take(body.text, this.nowMs, body.gateway);
    const isResync = answer?.isResync ?? false;
    const { frames, stalls, starts } = body.snapshot;
    const known = this.delivered[index];
    if (known !== undefined && !isResync && (isAnswered || frames >= known.frames)) {
      this.delivered[index] = {
        frames: Math.max(known.frames, frames),
        stalls: Math.max(known.stalls, stalls),
        starts: Math.max(known.starts, starts.length),
      };
    }
    return isResync;
  }
}

function add(all: readonly { frames: number; stalls: number; starts: number }[]): { frames: number; stalls: number; starts: number } {
  const total = { frames: 0, stalls: 0, starts: 0 };
  for (const { frames, stalls, starts } of all) {
    total.frames += frames;
    total.stalls += stalls;
    total.starts += starts;
  }
  return total;
}

const skew = fc.constantFrom(0, 600_000, -600_000);
const runs = { numRuns: 300 };

describe("the fleet's total", () => {
  test("is never above the truth, whatever network, restarts, re-routes and evictions do", () => {
    const ways = ["arrives", "request lost", "answer lost", "late"] as const;
    const events = ["none", "none", "none", "restart", "reroute", "pause", "long pause"] as const;
    fc.assert(
      fc.property(steps({ ways, events }), fc.constantFrom(2, 10), skew, (all, sessions, skewMs) => {
        const world = new World(sessions, skewMs);
        for (const step of all) {
          world.step(step);
          const truth = world.truth();
          const counted = world.counted();
          expect(counted.frames).toBeLessThanOrEqual(truth.frames);
          expect(counted.stalls).toBeLessThanOrEqual(truth.stalls);
          expect(counted.starts).toBeLessThanOrEqual(truth.starts);
        }
      }),
      runs,
    );
  }, 60_000);

  test("equals what was delivered when requests and answers are lost, repeated and late", () => {
    const ways = ["arrives", "arrives", "request lost", "answer lost", "late"] as const;
    fc.assert(
      fc.property(steps({ ways, events: ["none"] }), skew, (all, skewMs) => {
        const world = new World(10, skewMs);
        for (const step of all.slice(0, 11)) {
          world.step(step);
          expect(world.counted()).toEqual(add(world.delivered));
        }
        world.settle();
        expect(world.counted()).toEqual(world.truth());
      }),
      runs,
    );
  }, 60_000);

  test("equals the truth through restarts, re-routes and evictions while answers arrive", () => {
    const events = ["none", "none", "restart", "reroute", "pause", "long pause"] as const;
    fc.assert(
      fc.property(steps({ ways: ["arrives"], events }), fc.constantFrom(2, 10), skew, (all, sessions, skewMs) => {
        const world = new World(sessions, skewMs);
        for (const step of all) world.step(step);
        world.settle();
        expect(world.counted()).toEqual(world.truth());
      }),
      runs,
    );
  }, 60_000);
});
