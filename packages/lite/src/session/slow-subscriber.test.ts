import { afterEach, describe, expect, test } from "vitest";
import { defaultWish } from "../model/track.ts";
import { settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, collect, path, setUp } from "../testing/fixtures/session-pair.ts";

afterEach(closeAll);

describe("a slow subscriber", () => {
  test("loses older groups, keeps the latest, and every group is accounted for", async () => {
    const { subscriber, video, sent, publisherSocket, publisher } = setUp({ publisher: { sessionBufferedBytes: 1_000_000 } });
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    publisherSocket.blocked = true;
    let most = 0;
    for (let i = 0; i < 40; i++) {
      const group = video.createGroup();
      for (let f = 0; f < 4; f++) group.append({ timestamp: i, payload: bytes(50_000) });
      group.finish();
      await settle();
      most = Math.max(most, publisher.transport.stats().bufferedBytes);
    }
    publisherSocket.unblock();
    await settle();
    expect(most).toBeLessThan(1_400_000);
    const whole = reader.groups.filter(({ state }) => state.kind === "finished").map(({ sequence }) => sequence);
    expect(whole.at(-1)).toBe(39);
    const dropped = sent.count("dropped backpressure");
    expect(dropped).toBeGreaterThan(10);
    expect(sent.count("video group") + dropped).toBe(40);
    const told = reader.lines.filter((line) => line.startsWith("dropped"));
    expect(told).toHaveLength(dropped);
    expect(told.every((line) => line.endsWith(" 2"))).toBe(true);
  });
  test("the latest group is given up only when it alone is over the budget", async () => {
    const { subscriber, video, sent, publisherSocket } = setUp({ publisher: { sessionBufferedBytes: 1_000_000 } });
    (await subscriber.broadcast(path).track("video")).attach(collect());
    await settle();
    publisherSocket.blocked = true;
    const group = video.createGroup();
    group.append({ timestamp: 0, payload: bytes(900_000) });
    await settle();
    expect(sent.count("dropped")).toBe(0);
    group.append({ timestamp: 1, payload: bytes(900_000) });
    await settle();
    expect(sent.count("dropped backpressure")).toBe(1);
  });
  test("groups past its patience expire, by arrival or by timestamp", async () => {
    const { clock, subscriber, video, sent, publisherSocket } = setUp();
    (await subscriber.broadcast(path).track("video")).attach(collect(), { ...defaultWish, maxLatencyMs: 500 });
    await settle();
    publisherSocket.blocked = true;
    video.createGroup().append({ timestamp: 0, payload: bytes(100_000) });
    await settle();
    await clock.advance(400);
    video.createGroup().append({ timestamp: 400, payload: bytes(100_000) });
    await settle();
    expect(sent.count("expired")).toBe(0);
    await clock.advance(101);
    video.createGroup().append({ timestamp: 450, payload: bytes(100_000) });
    await settle();
    expect(sent.count("dropped expired")).toBe(1);
  });
});
