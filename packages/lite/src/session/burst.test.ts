import { afterEach, describe, expect, test } from "vitest";
import { settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, collect, path, type SessionPair, setUp } from "../testing/fixtures/session-pair.ts";

afterEach(closeAll);

async function watched(limits: Parameters<typeof setUp>[0] = {}): Promise<SessionPair & { readonly reader: ReturnType<typeof collect> }> {
  const pair = setUp(limits);
  const reader = collect();
  (await pair.subscriber.broadcast(path).track("video")).attach(reader);
  await settle();
  return { ...pair, reader };
}
function burst({ video }: SessionPair, groups: number, size: number): void {
  for (let i = 0; i < groups; i++) {
    const group = video.createGroup();
    group.append({ timestamp: i, payload: bytes(size) });
    group.finish();
  }
}

describe("groups made in one turn", () => {
  test.each([20, 200, 2000])("%i of them all arrive at a healthy subscriber", async (groups) => {
    const pair = await watched();
    burst(pair, groups, 1000);
    for (let i = 0; i < 10; i++) await settle();
    const whole = pair.reader.groups.filter(({ state }) => state.kind === "finished").map(({ sequence }) => sequence);
    expect(whole.sort((a, b) => a - b)).toEqual(Array.from({ length: groups }, (_, i) => i));
    expect(pair.sent.count("dropped")).toBe(0);
  });
  test("bytes bound them: what is above the budget is given up, oldest first, and told", async () => {
    const pair = await watched({ publisher: { sessionBufferedBytes: 100_000 } });
    burst(pair, 200, 1000);
    for (let i = 0; i < 10; i++) await settle();
    const dropped = pair.sent.count("dropped backpressure");
    expect(dropped).toBeGreaterThan(90);
    expect(pair.sent.count("video group") + dropped).toBe(200);
    expect(pair.reader.lines.filter((line) => line.startsWith("dropped"))).toHaveLength(dropped);
    expect(pair.reader.groups.at(-1)?.sequence).toBe(199);
  });
});

describe("a peer that gives no stream credit", () => {
  test("has a bounded number of groups wait, the oldest are given up and told", async () => {
    const pair = await watched({ publisher: { waitingGroups: 10 }, subscriber: { incomingUniStreams: 4 } });
    // Nothing is read any more, so no credit comes.
    pair.publisherSocket.blocked = true;
    burst(pair, 4, 10);
    await settle();
    for (let i = 0; i < 50; i++) {
      burst(pair, 1, 10);
      await settle();
    }
    const given = pair.sent.count("dropped no_credit");
    expect(given).toBeGreaterThan(35);
    pair.publisherSocket.unblock();
    for (let i = 0; i < 10; i++) await settle();
    expect(pair.sent.count("video group") + given).toBe(54);
    expect(pair.reader.lines.filter((line) => line.startsWith("dropped"))).toHaveLength(given);
    expect(pair.reader.groups.some(({ sequence }) => sequence === 53)).toBe(true);
  });
  test("what waits counts by its bytes too", async () => {
    const pair = await watched({ publisher: { sessionBufferedBytes: 100_000 }, subscriber: { incomingUniStreams: 2 } });
    pair.publisherSocket.blocked = true;
    for (let i = 0; i < 30; i++) {
      burst(pair, 1, 20_000);
      await settle();
    }
    expect(pair.sent.count("dropped backpressure")).toBeGreaterThan(20);
    expect(pair.sent.count("dropped no_credit")).toBe(0);
  });
});
