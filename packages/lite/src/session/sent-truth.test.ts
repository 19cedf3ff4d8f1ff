import { afterEach, describe, expect, test } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import { defaultWish } from "../model/track.ts";
import { settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, collect, path, setUp } from "../testing/fixtures/session-pair.ts";

afterEach(closeAll);
const lost = new LiteError(LiteErrorCode.streamReset, "gone", { wireCode: 31 });

describe("what counts as sent", () => {
  test("a healthy viewer: every byte, frame and group, once it is on the network", async () => {
    const { subscriber, video, sent, got } = setUp();
    (await subscriber.broadcast(path).track("video")).attach(collect());
    await settle();
    for (let i = 0; i < 30; i++) {
      const group = video.createGroup();
      for (const size of [40_000, 0, 1, i * 100]) group.append({ timestamp: i, payload: bytes(size) });
      group.finish();
      await settle();
    }
    expect(sent.frameBytes).toBe(got.frameBytes);
    expect(sent.frameBytes).toBe(30 * 40_001 + 43_500);
    expect([sent.count("serving room/alice/video frame"), sent.count("video group")]).toEqual([120, 30]);
  });
  test("a viewer whose link takes nothing: only what the link took, and of a group cut off only its whole frames", async () => {
    const { subscriber, video, sent, publisherSocket } = setUp({ publisher: { sessionBufferedBytes: 1_000_000 } });
    (await subscriber.broadcast(path).track("video")).attach(collect());
    await settle();
    publisherSocket.blocked = true;
    for (let i = 0; i < 40; i++) {
      const group = video.createGroup();
      for (let f = 0; f < 4; f++) group.append({ timestamp: i, payload: bytes(50_000) });
      group.finish();
      await settle();
    }
    expect(sent.count("dropped backpressure")).toBeGreaterThan(10);
    expect(sent.forwardedBytes).toBe(40 * 200_000);
    expect([sent.frameBytes, sent.count("video group")]).toEqual([0, 0]);
    // What the socket already held is written although its group was given up meanwhile: one frame of 50 000 bytes is whole.
    const held = publisherSocket.bufferedBytes;
    expect(held).toBeGreaterThan(64 * 1024);
    publisherSocket.unblock();
    await settle();
    const groups = sent.count("video group");
    expect(groups + sent.count("dropped")).toBe(40);
    expect(sent.frameBytes).toBe(groups * 200_000 + 50_000);
  });
  test("a link that is lost with a full socket: nothing of what it held", async () => {
    const { subscriber, publisher, video, sent, publisherSocket } = setUp();
    (await subscriber.broadcast(path).track("video")).attach(collect());
    await settle();
    publisherSocket.blocked = true;
    video.createGroup().append({ timestamp: 0, payload: bytes(1000) });
    await settle();
    publisherSocket.abort();
    await publisher.closed;
    await settle();
    expect([sent.frameBytes, sent.forwardedBytes]).toEqual([0, 1000]);
  });
  test("what was handed to the socket before the session's close counts when it is written", async () => {
    const { subscriber, publisher, video, sent, publisherSocket } = setUp();
    (await subscriber.broadcast(path).track("video")).attach(collect());
    await settle();
    const group = video.createGroup();
    await settle();
    publisherSocket.blocked = true;
    group.append({ timestamp: 0, payload: bytes(1000) });
    await settle();
    publisher.close();
    expect(sent.frameBytes).toBe(0);
    publisherSocket.unblock();
    await settle();
    expect(sent.frameBytes).toBe(1000);
  });
});

describe("a group whose stream is reset before its header has left", () => {
  test.each(["expired", "backpressure", "upstream_lost", "no_credit"] as const)("%s: the peer is told by DROP", async (reason) => {
    const { clock, subscriber, video, sent, publisherSocket } = setUp({
      publisher: { socketBufferedBytes: 0, sessionBufferedBytes: 300_000, waitingGroups: reason === "no_credit" ? 1 : 100 },
      subscriber: reason === "no_credit" ? { incomingUniStreams: 3 } : {},
    });
    const reader = collect();
    const wish = { ...defaultWish, maxLatencyMs: reason === "expired" ? 100 : 0 };
    (await subscriber.broadcast(path).track("video")).attach(reader, wish);
    await settle();
    // From here on the socket is full after one record: nothing more is handed to it.
    publisherSocket.blocked = true;
    for (let i = 0; i < 6; i++) {
      const group = video.createGroup();
      group.append({ timestamp: i * 1000, payload: bytes(100_000) });
      if (reason === "upstream_lost" && i < 3) group.abort(lost);
      else group.finish();
      await clock.advance(10);
    }
    expect(sent.count(`dropped ${reason}`)).toBeGreaterThan(0);
    publisherSocket.unblock();
    await settle();
    await clock.advance(10);
    const begun = reader.groups.map(({ sequence }) => sequence);
    const told = reader.lines.flatMap((line) => (line.startsWith("dropped") ? [Number(line.split(/[ -]/)[1])] : []));
    expect(told.length).toBe(sent.count("dropped"));
    expect(told.some((sequence) => !begun.includes(sequence))).toBe(true);
    expect([...new Set([...begun, ...told])].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
