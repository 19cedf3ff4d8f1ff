import { describe, expect, it } from "vitest";
import { interleave, type MediaPacket, repeat, type TimedPacket, withSendTimes } from "./packet.ts";

async function* packets(...times: number[]): AsyncGenerator<MediaPacket, void, undefined> {
  for (const [at, timestampUs] of times.entries()) yield { timestampUs, keyframe: at === 0, payload: Uint8Array.of(at) };
}
async function all<T>(source: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
  const list: T[] = [];
  for await (const item of source) if (list.push(item) >= limit) break;
  return list;
}
const sends = (list: readonly TimedPacket[]) => list.map(({ timestampUs, sendUs }) => [timestampUs, sendUs]);

describe("times of sending", () => {
  it("are the timestamps where decode order is presentation order, over more frames than are held back", async () => {
    const times = Array.from({ length: 50 }, (_, at) => at * 33);
    expect(sends(await all(withSendTimes(packets(...times))))).toEqual(times.map((time) => [time, time]));
  });
  it("rise evenly where frames are decoded before they are shown", async () => {
    const list = await all(withSendTimes(packets(0, 40, 20, 10, 30, 80, 60, 50, 70)));
    expect(sends(list)).toEqual([
      [0, 0],
      [40, 10],
      [20, 20],
      [10, 30],
      [30, 40],
      [80, 50],
      [60, 60],
      [50, 70],
      [70, 80],
    ]);
  });
  it("never go back, even where a file's timestamps do", async () => {
    const times = [1000, ...Array.from({ length: 40 }, (_, at) => at)];
    const list = await all(withSendTimes(packets(...times)));
    const given = list.map(({ sendUs }) => sendUs);
    expect(given).toEqual(given.toSorted((a, b) => a - b));
  });
});
describe("looping", () => {
  it("adds a period a round, so that timestamps rise without a gap at the seam", async () => {
    const list = await all(
      repeat(() => packets(0, 20, 40), { periodUs: 60, loop: true }),
      8,
    );
    expect(list.map(({ timestampUs }) => timestampUs)).toEqual([0, 20, 40, 60, 80, 100, 120, 140]);
  });
  it("plays once when not asked to loop", async () => {
    expect(await all(repeat(() => packets(0, 20), { periodUs: 40, loop: false }))).toHaveLength(2);
  });
});
describe("interleaving", () => {
  it("gives the packets of all tracks by time of sending, the first track first among equals", async () => {
    const tracks = [withSendTimes(packets(0, 33, 67)), withSendTimes(packets(0, 20, 40, 60, 80))];
    const list = await all(interleave(tracks));
    expect(list.map(({ index, packet }) => `${index}:${packet.sendUs}`)).toEqual([
      "0:0",
      "1:0",
      "1:20",
      "0:33",
      "1:40",
      "1:60",
      "0:67",
      "1:80",
    ]);
  });
  it("ends every track when its reader leaves", async () => {
    let open = 0;
    async function* endless(): AsyncGenerator<TimedPacket, void, undefined> {
      open++;
      try {
        for (let us = 0; ; us += 10) yield { timestampUs: us, sendUs: us, keyframe: true, payload: new Uint8Array() };
      } finally {
        open--;
      }
    }
    await all(interleave([endless(), endless()]), 5);
    expect(open).toBe(0);
  });
});
