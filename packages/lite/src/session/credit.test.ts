import { afterEach, describe, expect, test } from "vitest";
import { Track } from "../model/track.ts";
import type { QmuxFrame } from "../qmux/frame.ts";
import { framings } from "../qmux/framing.ts";
import { settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, collect, path, type SessionPair, setUp } from "../testing/fixtures/session-pair.ts";
import { Cursor } from "../wire/cursor.ts";

afterEach(closeAll);
function framesOf(records: readonly Uint8Array[], framing: string): QmuxFrame[] {
  const { decode } = framings.find(({ name }) => name === framing) ?? (framings[0] as (typeof framings)[number]);
  return records.flatMap((record) => {
    const cursor = new Cursor(record);
    const frames: QmuxFrame[] = [];
    for (let frame = decode(cursor); frame; frame = cursor.remaining > 0 ? decode(cursor) : undefined) frames.push(frame);
    return frames;
  });
}
async function watched(framing: string, names: readonly string[] = ["video"]): Promise<SessionPair & { readonly tracks: Track[] }> {
  const pair = setUp({}, { framing });
  const tracks = names.map((name) => new Track({ name, clock: pair.clock }));
  for (const track of tracks) {
    pair.broadcast.add(track);
    (await pair.subscriber.broadcast(path).track(track.name)).attach(collect());
  }
  await settle();
  pair.publisherSocket.sent = [];
  return { ...pair, tracks };
}

describe.each(["qmux-02", "qmux-01", "qmux-00"])("credit on %s", (framing) => {
  test("for streams is given ahead of use: 4000 groups at a pace, none of which waits or is dropped", async () => {
    const pair = await watched(framing);
    for (let turn = 0; turn < 40; turn++) {
      for (let i = 0; i < 100; i++) {
        const group = pair.tracks[0]?.createGroup();
        group?.append({ timestamp: turn, payload: bytes(10) });
        group?.finish();
      }
      await settle();
    }
    expect(pair.sent.count("video group")).toBe(4000);
    expect(pair.sent.count("dropped")).toBe(0);
    const kinds = new Set(framesOf(pair.publisherSocket.sent ?? [], framing).map(({ kind }) => kind));
    expect([...kinds].filter((kind) => kind.endsWith("blocked"))).toEqual([]);
  });
  test("for bytes is given ahead of use: 40 MB through a window of 1 MiB, in steps of a quarter of it", async () => {
    const pair = await watched(framing);
    for (let turn = 0; turn < 160; turn++) {
      const group = pair.tracks[0]?.createGroup();
      group?.append({ timestamp: turn, payload: bytes(250_000) });
      group?.finish();
      await settle();
    }
    expect(pair.got.frameBytes).toBe(160 * 250_000);
    const kinds = new Set(framesOf(pair.publisherSocket.sent ?? [], framing).map(({ kind }) => kind));
    expect([...kinds].filter((kind) => kind.endsWith("blocked"))).toEqual([]);
  });
});

test.each(["qmux-02", "qmux-01"])(
  "what one turn writes, on however many tracks and groups, leaves in one message (%s)",
  async (framing) => {
    const pair = await watched(framing, ["a", "b", "c"]);
    const open = pair.tracks.map((track) => track.createGroup());
    await settle();
    pair.publisherSocket.sent = [];
    for (const group of open) group.append({ timestamp: 1, payload: bytes(100) });
    for (const group of open) group.finish();
    await settle();
    expect(pair.publisherSocket.sent).toHaveLength(1);
    expect(framesOf(pair.publisherSocket.sent, framing).filter(({ kind }) => kind === "stream")).toHaveLength(3);
  },
);
