import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { Summary } from "@moqscope/telemetry/query";
import { expect, test } from "vitest";
import { SummaryStream } from "./stream.ts";

/** A response that keeps what it was given; one that is stuck has a reader that takes nothing. */
class Listener extends EventEmitter {
  readonly isStuck: boolean;
  readonly given: (string | Buffer)[] = [];
  writableLength = 0;
  destroyed = false;

  constructor(isStuck = false) {
    super();
    this.isStuck = isStuck;
  }
  get response(): ServerResponse {
    return this as unknown as ServerResponse;
  }
  /** Ids of the events that came, by their number. */
  get ids(): number[] {
    return this.given.flatMap((part) => /^id: g-(\d+)\n/.exec(part.toString())?.[1] ?? []).map(Number);
  }
  writeHead(): void {}
  write(part: string | Buffer): void {
    this.given.push(part);
    if (this.isStuck) this.writableLength += part.length;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

class Rig {
  made = 0;
  dropped = 0;
  readonly stream: SummaryStream;
  constructor(broadcasts = 3) {
    const list = Array.from({ length: broadcasts }, (_, n) => ({ broadcast: `room/${n}` }));
    this.stream = new SummaryStream({
      id: "g",
      summary: (nowMs) => {
        this.made++;
        return { nowMs, broadcasts: list } as unknown as Summary;
      },
      dropped: () => void this.dropped++,
    });
  }
}

test("a listener that does not read is dropped and rig, not buffered for; the others go on", () => {
  const rig = new Rig(500);
  const [stuck, fine] = [new Listener(true), new Listener()];
  rig.stream.add(stuck.response, 0);
  rig.stream.add(fine.response, 0);
  for (let second = 1; second <= 60; second++) rig.stream.tick(second * 1000);
  expect(stuck.destroyed).toBe(true);
  expect(stuck.writableLength).toBeLessThan(300_000);
  expect([rig.stream.size, rig.dropped]).toEqual([1, 1]);
  expect(fine.ids).toHaveLength(61);
});

test("a hundred listeners cost one summary a second, and share its bytes", () => {
  const rig = new Rig();
  const listeners = Array.from({ length: 100 }, () => new Listener());
  for (const listener of listeners) expect(rig.stream.add(listener.response, 0)).toBe(true);
  expect(rig.stream.add(new Listener().response, 0)).toBe(false);
  for (let second = 1; second <= 10; second++) rig.stream.tick(second * 1000);
  expect(rig.made).toBe(11);
  expect(new Set(listeners.map(({ given }) => given.at(-1))).size).toBe(1);
});

test("nobody who listens costs nothing", () => {
  const rig = new Rig();
  rig.stream.tick(0);
  expect(rig.made).toBe(0);
});

test("who comes back gets what it missed; who was away for long, or heard another process, the present", () => {
  const rig = new Rig();
  const stays = new Listener();
  rig.stream.add(stays.response, 0);
  for (let second = 1; second <= 100; second++) rig.stream.tick(second * 1000);
  const back = (id: string | undefined): number[] => {
    const listener = new Listener();
    rig.stream.add(listener.response, 100_500, id);
    return listener.ids;
  };
  expect(back("g-96")).toEqual([97, 98, 99, 100, 101]);
  expect(back("g-101")).toEqual([101]);
  expect(back("g-3")).toEqual([101]);
  expect(back("other-99")).toEqual([101]);
  expect(back(undefined)).toEqual([101]);
  expect(stays.ids).toHaveLength(101);
});
