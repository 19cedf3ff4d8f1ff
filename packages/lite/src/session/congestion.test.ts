import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { openWebSocket, type WebSocketConstructor } from "../connect/open-socket.ts";
import { LocalBroadcast } from "../model/broadcast.ts";
import type { Group } from "../model/group.ts";
import { Origin } from "../model/origin.ts";
import { defaultTrackInfo, Track, type TrackReading, type Wish } from "../model/track.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { NarrowSocket } from "../testing/fixtures/narrow-socket.ts";
import { bytes, closeAll, closeLater, path } from "../testing/fixtures/session-pair.ts";
import { listen } from "../testing/fixtures/web-socket-pair.ts";
import { memorySocketPair, memoryTransport } from "../testing/memory.ts";
import type { Transport } from "../transport/transport.ts";
import { startSession } from "./start.ts";

/** Two ends of a link that can be made to take nothing from the server, and then a little at a time. */
interface NarrowLink {
  readonly client: Transport;
  readonly server: Transport;
  readonly stall: () => void;
  readonly release: () => void;
  readonly until: (holds: () => boolean) => Promise<void>;
}
const unset: Wish = { priority: 0, ordered: false, maxLatencyMs: 0 };
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  closeAll();
  for (const close of cleanup.splice(0).reverse()) await close();
});

function inMemory(): Promise<NarrowLink> {
  const clock = new FakeClock();
  const [near, far] = memorySocketPair();
  const narrow = new NarrowSocket(far, clock, { bps: 8_000_000 });
  return Promise.resolve({
    client: memoryTransport("client", near, { clock }),
    server: memoryTransport("server", narrow, { clock }),
    stall: () => (narrow.bps = 0),
    release: () => (narrow.bps = 8_000_000),
    async until(holds) {
      while (!holds()) await clock.advance(10);
    },
  });
}
/** The client's kernel reads nothing while stalled: what the server may send fills the socket and the credit, and waits. */
async function overWebSocket(): Promise<NarrowLink> {
  const accepted = Promise.withResolvers<Transport>();
  const server = await listen((transport) => accepted.resolve(transport));
  cleanup.push(() => server.close());
  const made: WebSocket[] = [];
  class Held extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false });
      made.push(this);
    }
  }
  const client = await openWebSocket(server.url, {
    signal: new AbortController().signal,
    webSocket: Held as unknown as WebSocketConstructor,
  });
  // `ws` keeps its TCP socket here; nothing public gives it.
  const tcp = Reflect.get(made[0] ?? {}, "_socket") as Socket;
  return {
    client,
    server: await accepted.promise,
    stall: () => tcp.pause(),
    release: () => tcp.resume(),
    async until(holds) {
      while (!holds()) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const subscribed: Readonly<Record<string, { readonly publisher: number; readonly wish: Partial<Wish> }>> = {
  filler: { publisher: 0, wish: { priority: 255 } },
  low: { publisher: 1, wish: { priority: 10 } },
  preferred: { publisher: 9, wish: { priority: 10 } },
  inOrder: { publisher: 5, wish: { priority: 10, ordered: true } },
  wanted: { publisher: 0, wish: { priority: 50 } },
};

interface Congested extends NarrowLink {
  readonly tracks: ReadonlyMap<string, Track>;
  readonly readings: ReadonlyMap<string, TrackReading>;
  /** Groups as they were received to their end, such as `low 2`, those of the filler left out. */
  readonly arrived: string[];
}
/** A viewer of five tracks on a link that is stalled, with three groups of each track but the filler waiting, made in turn. */
async function congested(makeLink: () => Promise<NarrowLink>): Promise<Congested> {
  const link = await makeLink();
  const origin = new Origin(7n);
  const broadcast = new LocalBroadcast();
  origin.publish(path, broadcast);
  const server = startSession(link.server, { role: "server", publish: origin, limits: { sessionBufferedBytes: 64 * 1024 * 1024 } });
  const client = startSession(link.client, { role: "client" });
  closeLater(server, client);
  const tracks = new Map<string, Track>();
  const readings = new Map<string, TrackReading>();
  const arrived: string[] = [];
  for (const [name, { publisher, wish }] of Object.entries(subscribed)) {
    const track = new Track({ name, info: { ...defaultTrackInfo, priority: publisher, maxLatencyMs: 60_000 } });
    broadcast.add(track);
    tracks.set(name, track);
    const asked = client.broadcast(path).track(name);
    let remote: Track | undefined;
    void asked.then((found) => (remote = found)); // Rejects with the test.
    await link.until(() => remote !== undefined);
    const group = (one: Group): void => {
      const finished = (): void => void (name === "filler" || arrived.push(`${name} ${one.sequence}`));
      one.attach({ frame() {}, finished, aborted() {} });
    };
    readings.set(name, (await asked).attach({ group, dropped() {}, ended() {}, aborted() {} }, { ...unset, ...wish }));
    await link.until(() => track.readers === 1);
  }
  link.stall();
  const add = (name: string, size: number): void => {
    const group = tracks.get(name)?.createGroup();
    group?.append({ timestamp: 0, payload: bytes(size) });
    group?.finish();
  };
  // More than the link, its socket and the peer's credit hold, so that all the others wait behind it.
  for (let i = 0; i < 16; i++) add("filler", 150_000);
  for (let i = 0; i < 3; i++) for (const name of Object.keys(subscribed).slice(1)) add(name, 30_000);
  return { ...link, tracks, readings, arrived };
}
const inTurn = (name: string, ...sequences: number[]): string[] => sequences.map((sequence) => `${name} ${sequence}`);

describe.each([
  ["in memory", inMemory],
  ["over a WebSocket", overWebSocket],
] as const)("what waits for a narrow link %s", (_, makeLink) => {
  test("goes by the subscriber's priority, then the publisher's, then the newest group, or the oldest where that was asked for", async () => {
    const { arrived, release, until } = await congested(makeLink);
    release();
    await until(() => arrived.length === 12);
    expect(arrived).toEqual([
      ...inTurn("wanted", 2, 1, 0),
      ...inTurn("preferred", 2, 1, 0),
      ...inTurn("inOrder", 0, 1, 2),
      ...inTurn("low", 2, 1, 0),
    ]);
  });
  test("goes by what an update asks for, as soon as that has come", async () => {
    const { arrived, release, until, readings, tracks } = await congested(makeLink);
    readings.get("low")?.update({ ...unset, priority: 60, ordered: true });
    readings.get("wanted")?.update({ ...unset, priority: 0 });
    await until(() => tracks.get("wanted")?.demand?.priority === 0);
    release();
    await until(() => arrived.length === 12);
    expect(arrived).toEqual([
      ...inTurn("low", 0, 1, 2),
      ...inTurn("preferred", 2, 1, 0),
      ...inTurn("inOrder", 0, 1, 2),
      ...inTurn("wanted", 2, 1, 0),
    ]);
  });
  test("lets a group that is newer go ahead of those that wait", async () => {
    const { arrived, release, until, tracks } = await congested(makeLink);
    const group = tracks.get("preferred")?.createGroup();
    group?.append({ timestamp: 0, payload: bytes(30_000) });
    group?.finish();
    release();
    await until(() => arrived.length === 13);
    expect(arrived.filter((one) => one.startsWith("preferred"))).toEqual(inTurn("preferred", 3, 2, 1, 0));
  });
});
