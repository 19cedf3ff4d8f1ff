import { expect, it } from "vitest";
import { LiveEdge } from "./live-edge.ts";
import { Playhead } from "./playhead.ts";
import { StallDetector } from "./stall.ts";
import { Startup, startupPhases } from "./startup.ts";
import { Timebase } from "./timebase.ts";

it("makes a phase 0 when a later event overtakes it, and keeps the sum", () => {
  const startup = new Startup(100);
  for (const [phase, at] of [
    ["connect", 130],
    ["setup", 140],
    ["subscribe", 170],
    ["announce", 180],
    ["catalog", 185],
    ["first_object", 200],
    ["decode", 220],
    ["render", 250],
  ] as const)
    startup.reached(phase, at);
  const durations = startup.durations();
  expect(durations).toEqual({ connect: 30, setup: 10, announce: 0, catalog: 0, subscribe: 30, first_object: 30, decode: 20, render: 30 });
  expect(startupPhases.reduce((sum, phase) => sum + durations[phase], 0)).toBe(150);
});
it("stops the clocks while it waits, from the instant the grace ended", () => {
  const startup = new Startup(0);
  startup.reached("connect", 50);
  startup.reached("setup", 100);
  startup.pause(2100);
  expect(startup.elapsedMs(9000)).toBe(2100);
  startup.resume(60_000);
  startup.reached("announce", 60_000);
  startup.reached("render", 60_400);
  expect(startup.durations()).toMatchObject({ announce: 2000, render: 400 });
});
it("puts a lost connection into the connect phase", () => {
  const startup = new Startup(0);
  startup.reached("connect", 50);
  startup.reached("setup", 60);
  startup.restart();
  startup.reached("connect", 1500);
  startup.reached("render", 2000);
  expect(startup.durations()).toMatchObject({ connect: 1500, setup: 0, render: 500 });
});
it("confirms a stall 100 ms after the deadline and measures it from the deadline", () => {
  const stall = new StallDetector();
  expect(stall.missing(1000, 1050)).toBe(false);
  expect(stall.missing(1040, 1099)).toBe(false);
  expect(stall.missing(1040, 1100)).toBe(true);
  expect(stall.missing(1040, 1200)).toBe(false);
  expect(stall.end(1500)).toBe(500);
  expect(stall.end(1600)).toBeUndefined();
  stall.missing(2000, 2010);
  expect(stall.end(2090)).toBeUndefined();
});
it("takes the smallest delay of the last 5 to 10 s", () => {
  const edge = new LiveEdge();
  edge.observe(0, 1030);
  edge.observe(1_000_000, 2010);
  expect(edge.delayMs).toBe(1010);
  for (let second = 2; second < 14; second++) edge.observe(second * 1_000_000, second * 1000 + 1050);
  expect(edge.delayMs).toBe(1050);
  expect(edge.newestUs).toBe(13_000_000);
});
it("goes on without a step when its source changes", () => {
  let machine = 5000;
  let card = 20;
  const machineTime = () => machine;
  const cardTime = () => card;
  const base = new Timebase(machineTime);
  base.use(cardTime);
  expect(base.now()).toBe(5000);
  machine += 999;
  card += 10;
  expect(base.now()).toBe(5010);
  expect(base.toSource(5010)).toBe(30);
  base.use(machineTime);
  machine += 5;
  expect(base.now()).toBe(5015);
});
it("stands at the target latency of the slower track until started, and jumps only when far behind", () => {
  let now = 0;
  const [fast, slow] = [new LiveEdge(), new LiveEdge()];
  const playhead = new Playhead({ timebase: new Timebase(() => now), now: () => now, edges: () => [fast, slow], latencyMs: 200 });
  expect(playhead.positionUs).toBeUndefined();
  fast.observe(0, 10);
  slow.observe(0, 50);
  now = 1050;
  expect(playhead.positionUs).toBe(800_000);
  playhead.start(800_000);
  now = 1150;
  expect(playhead.positionUs).toBe(900_000);
  expect(playhead.catchUp()).toBe(false);
  playhead.start(500_000);
  expect(playhead.catchUp()).toBe(true);
  expect(playhead.positionUs).toBe(900_000);
});
