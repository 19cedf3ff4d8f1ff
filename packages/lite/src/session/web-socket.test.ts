import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connect } from "../connect/connect.ts";
import { readFrames, readGroups } from "../connect/read.ts";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { defaultTrackInfo, Track } from "../model/track.ts";
import { nodeWebSocket } from "../node/index.ts";
import { subprotocolOffers } from "../qmux/subprotocol.ts";
import { listen, offering, type TestServer } from "../testing/fixtures/web-socket-pair.ts";
import type { Transport } from "../transport/transport.ts";
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
async function room(): Promise<TestServer & { readonly track: Track; readonly sessions: Session[] }> {
  const origin = new Origin();
  const broadcast = new LocalBroadcast();
  const track = new Track({ name: "video" });
  broadcast.add(track);
  origin.publish(toPath("room/alice"), broadcast);
  return { ...(await serve(origin)), track };
}
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
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

test.each([...subprotocolOffers, ""])("both ways over a socket that offers %j: 20 groups each, byte by byte", async (name) => {
  const make = (): { origin: Origin; track: Track } => {
    const origin = new Origin();
    const broadcast = new LocalBroadcast();
    const track = new Track({ name: "video" });
    broadcast.add(track);
    origin.publish(toPath("room/alice"), broadcast);
    return { origin, track };
  };
  const [near, far] = [make(), make()];
  const { url, sessions } = await serve(far.origin);
  const session = await connect(url, { webSocket: offering(name), publish: near.origin });
  cleanup.push(() => session[Symbol.asyncDispose]());
  const [server] = sessions;
  if (!server) throw new Error("no session was accepted");
  expect([session.transport.framing, server.transport.framing]).toEqual(Array(2).fill(name === "" ? "webtransport" : name.split(".")[0]));
  await Promise.all(
    [
      { from: far.track, to: session },
      { from: near.track, to: server },
    ].map(async ({ from, to }) => {
      const reading = (async () => {
        const seen: number[] = [];
        for await (const group of readGroups(await to.broadcast(toPath("room/alice")).track("video"))) {
          let frames = 0;
          for await (const { payload } of readFrames(group)) expect(Buffer.compare(payload, payloadOf(group.sequence, frames++))).toBe(0);
          expect(frames).toBe(3);
          seen.push(group.sequence);
        }
        return seen;
      })();
      await until(() => from.readers === 1);
      for (let g = 0; g < 20; g++) {
        const group = from.createGroup();
        for (let f = 0; f < 3; f++) group.append({ timestamp: g, payload: payloadOf(g, f) });
        group.finish();
      }
      from.finish();
      expect((await reading).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    }),
  );
});

test("a late viewer starts at once with the cached group's first frame", async () => {
  const { url, track } = await room();
  const group = track.createGroup(41);
  group.append({ timestamp: 5, payload: payloadOf(41, 0) });
  group.append({ timestamp: 6, payload: payloadOf(41, 1) });
  const session = await dial(url);
  const remote = await session.broadcast(toPath("room/alice")).track("video");
  for await (const first of readGroups(remote)) {
    expect(first.sequence).toBe(41);
    const frames: number[] = [];
    for await (const frame of readFrames(first)) {
      frames.push(frame.timestamp);
      if (frames.length === 2) group.append({ timestamp: 7, payload: payloadOf(41, 2) });
      if (frames.length === 3) group.finish();
    }
    expect(frames).toEqual([5, 6, 7]);
    break;
  }
});

test("leaving takes the subscription back at the publisher", async () => {
  const { url, track } = await room();
  track.createGroup().append({ timestamp: 0, payload: payloadOf(0, 0) });
  const session = await dial(url);
  const remote = await session.broadcast(toPath("room/alice")).track("video");
  for await (const group of readGroups(remote)) {
    expect(track.readers).toBe(1);
    expect(group.sequence).toBe(0);
    break;
  }
  await until(() => track.readers === 0);
});

test("a socket that is cut ends everything on both sides, with no reader left behind", async () => {
  const { url, track, sockets, sessions } = await room();
  const session = await dial(url);
  const remote = await session.broadcast(toPath("room/alice")).track("video");
  const reading = (async () => {
    for await (const group of readGroups(remote)) for await (const _ of readFrames(group));
  })();
  await until(() => track.readers === 1);
  track.createGroup().append({ timestamp: 0, payload: payloadOf(0, 0) });
  await until(() => remote.latest !== undefined);
  sockets[0]?.terminate();
  await expect(reading).rejects.toMatchObject({ code: "transport_closed" });
  expect(await session.closed).toMatchObject({ clean: false, by: "lost" });
  expect(await sessions[0]?.closed).toMatchObject({ by: "lost" });
  expect(track.readers).toBe(0);
});

test("the server measures the round trip by pings, and reports it on a Probe stream", async () => {
  const origin = new Origin();
  const transports: Transport[] = [];
  const server = await listen(
    (transport) => {
      transports.push(transport);
      startSession(transport, { role: "server", publish: origin });
    },
    { pingIntervalMs: 5 },
  );
  cleanup.push(() => server.close());
  const session = await dial(server.url);
  const probe = await session.transport.openBidi();
  probe.send.write(Uint8Array.of(0x04));
  const report = await probe.receive.read();
  expect(report?.[0]).toBe((report?.byteLength ?? 0) - 1);
  expect(report?.[1]).toBe(0);
  expect(transports[0]?.stats().rtt).toMatchObject({ source: "ping" });
});

test("a peer that answers no ping is dead, and its socket is cut", async () => {
  const transports: Transport[] = [];
  const server = await listen((transport) => transports.push(transport), { pingIntervalMs: 5, pingTimeoutMs: 40 });
  cleanup.push(() => server.close());
  const deaf = new WebSocket(server.url.replace("http", "ws"), "qmux-01.moq-lite-05", { autoPong: false });
  deaf.on("error", () => {});
  await until(() => transports.length === 1);
  expect(await transports[0]?.closed).toMatchObject({ by: "lost", clean: false, code: 3 });
});

test("the built-in WebSocket of Node, as a browser has it, speaks the same", async () => {
  const { url, track } = await room();
  track.createGroup().append({ timestamp: 1, payload: payloadOf(0, 0) });
  const session = await connect(url);
  cleanup.push(() => session[Symbol.asyncDispose]());
  const remote = await session.broadcast(toPath("room/alice")).track("video");
  for await (const group of readGroups(remote)) {
    for await (const frame of readFrames(group)) {
      expect(Buffer.compare(frame.payload, payloadOf(0, 0))).toBe(0);
      break;
    }
    break;
  }
});
