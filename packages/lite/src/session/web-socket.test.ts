import { afterEach, expect, test } from "vitest";
import { connect } from "../connect/connect.ts";
import { readFrames, readGroups } from "../connect/read.ts";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { defaultTrackInfo, Track } from "../model/track.ts";
import { nodeWebSocket } from "../node/index.ts";
import { listen, type TestServer } from "../testing/fixtures/web-socket-pair.ts";
import type { Session } from "./session.ts";
import { startSession } from "./start.ts";

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});

async function serve(publish: Origin): Promise<TestServer & { readonly sessions: Session[] }> {
  const sessions: Session[] = [];
  const server = await listen((transport) => sessions.push(startSession(transport, { role: "server", publish })));
  cleanup.push(() => server.close());
  return { ...server, sessions };
}
async function dial(url: string, publish?: Origin): Promise<Session> {
  const session = await connect(url, { webSocket: nodeWebSocket, ...(publish ? { publish } : {}) });
  cleanup.push(() => session[Symbol.asyncDispose]());
  return session;
}
function payloadOf(group: number, frame: number): Uint8Array {
  return Uint8Array.from({ length: 500 + ((group * 37 + frame * 911) % 40_000) }, (_, i) => (i * 7 + group * 13 + frame) & 0xff);
}

test("200 groups go from a publisher over a WebSocket to a subscriber, byte by byte", async () => {
  const origin = new Origin();
  const broadcast = new LocalBroadcast();
  const track = new Track({ name: "video", info: { ...defaultTrackInfo, timescale: 1_000_000 } });
  broadcast.add(track);
  origin.publish(toPath("room/alice"), broadcast);
  const { url } = await serve(origin);
  const session = await dial(url);

  const { value: announcement } = await session.announced(toPath("room"))[Symbol.asyncIterator]().next();
  expect(announcement).toEqual({ kind: "active", path: "room/alice", hops: [origin.id] });

  const remote = await session.broadcast(toPath("room/alice")).track("video");
  expect(remote.info.timescale).toBe(1_000_000);
  const publishing = (async () => {
    while (track.readers === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    for (let g = 0; g < 200; g++) {
      const group = track.createGroup();
      for (let f = 0; f < 5; f++) group.append({ timestamp: g * 1000 - f * 3, payload: payloadOf(g, f) });
      group.finish();
      await new Promise((resolve) => setImmediate(resolve));
    }
    track.finish();
  })();
  const seen: number[] = [];
  for await (const group of readGroups(remote)) {
    const timestamps: number[] = [];
    for await (const frame of readFrames(group)) {
      expect(Buffer.compare(frame.payload, payloadOf(group.sequence, timestamps.length))).toBe(0);
      timestamps.push(frame.timestamp);
    }
    expect(timestamps).toEqual([0, 1, 2, 3, 4].map((f) => group.sequence * 1000 - f * 3));
    seen.push(group.sequence);
  }
  await publishing;
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
});
