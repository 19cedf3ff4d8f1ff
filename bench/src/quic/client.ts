import {
  type ConnectOptions,
  connect,
  defaultTrackInfo,
  defaultWish,
  type Group,
  LocalBroadcast,
  Origin,
  readFrames,
  readGroups,
  type Session,
  Track,
  TransportMemory,
  toPath,
} from "@moqscope/lite";
import { nodeWebSocket, quicOpener } from "@moqscope/lite/node";
import { connectQuic } from "@moqscope/quic";
import { nowNs, path, stampedFrame, trackName, writtenNs } from "../lite/content.ts";
import { quantile } from "../statistics.ts";
import { type At, type Content, type FromClient, type ToClient, wayTo } from "./messages.ts";
import { keyOf, markEnd, wireSocket } from "./wire.ts";

/** One client for every relay: ours and moq-relay, over QUIC or WebSocket, with one publisher or many subscribers in a process. */
const tell = (message: FromClient): void => void process.send?.(message);
/** Nothing came for so long: the rest is not coming. */
const quietMs = 400;
/** Frames written late in one tick at most: a relay that is late must not be answered with a flood. */
const mostAtOnce = 16;
/** moq-relay gives up every group but the newest for less, and so each of them is asked for the same. */
const maxLatencyMs = 5000;
const version = "moq-lite-05";
/** Sessions dialled at the same time. */
const atOnce = 10;

const tracks = new Map<At, Track>();
let at: At | undefined;
let latenciesMs: number[] = [];
let lastNs = 0;
/** When the last byte that the publisher of this process wrote was taken by the kernel. */
let sentNs = 0;
/** The same, by the key of each frame. */
const ingestNs = new Map<number, number>();
let egress: (readonly [key: number, atNs: number])[] = [];

function dial(to: At, url: string, more: ConnectOptions = {}): Promise<Session> {
  if (wayTo(to) === "websocket") return connect(url, { webSocket: nodeWebSocket, ...more, webTransport: false });
  const opener = quicOpener(
    { connectQuic: (target, options) => connectQuic(target, { ...options, protocols: [version] }) },
    { trust: "none" },
  );
  return connect(url, { ...more, webTransport: opener, headStartMs: 20_000, memory: new TransportMemory() });
}

async function publish(to: At, url: string, keepMs: number): Promise<void> {
  const track = new Track({ name: trackName, info: { ...defaultTrackInfo, maxLatencyMs: keepMs } });
  const broadcast = new LocalBroadcast();
  broadcast.add(track);
  const origin = new Origin();
  origin.publish(toPath(path), broadcast);
  await dial(to, url, { publish: origin, webSocket: wireSocket({ sent: (atNs) => void (sentNs = atNs) }) });
  tracks.set(to, track);
  tell({ kind: "published" });
}

/** Writes on time; what is due together leaves together. A turn ends with the group it is in. */
function write(to: At, seconds: number, { framesPerSecond, frameBytes, framesPerGroup }: Content): void {
  const track = tracks.get(to);
  if (!track) throw new Error(`nothing is published at ${to}`);
  const startNs = nowNs();
  const total = Math.round(framesPerSecond * seconds);
  let group: Group | undefined;
  let done = 0;
  const step = (): void => {
    const elapsed = (nowNs() - startNs) / 1e9;
    const due = Math.min(total - done, Math.floor(elapsed * framesPerSecond) + 1 - done, mostAtOnce);
    const keys: number[] = [];
    for (let left = due; left > 0; left--) {
      group ??= track.createGroup();
      const payload = stampedFrame(frameBytes);
      const key = writtenNs(payload);
      markEnd(payload, key);
      keys.push(key);
      group.append({ timestamp: Math.round(nowNs() / 1e6), payload });
      done++;
      if (group.frames.length < framesPerGroup && done < total) continue;
      group.finish();
      group = undefined;
    }
    ingested(to, keys);
    if (done >= total || elapsed > 2 * seconds) {
      group?.finish();
      return tell({ kind: "wrote", frames: done });
    }
    setTimeout(step, Math.max(1, (done / framesPerSecond - elapsed) * 1000));
  };
  step();
}
/** A frame is in when its last byte was written; over QUIC that is on another thread, and it counts from when it was handed over. */
function ingested(to: At, keys: readonly number[]): void {
  if (wayTo(to) === "quic") for (const key of keys) ingestNs.set(key, key);
  // A new group's first frame leaves a turn later than the others.
  else setImmediate(() => setImmediate(() => keys.forEach((key) => ingestNs.set(key, sentNs))));
}

async function findTrack(session: Session): Promise<Track> {
  for await (const { kind, path: found } of session.announced()) if (kind === "active" && found === path) break;
  return session.broadcast(toPath(path)).track(trackName);
}
async function many(count: number, one: () => Promise<unknown>): Promise<void> {
  for (let made = 0; made < count; made += atOnce) await Promise.all(Array.from({ length: Math.min(atOnce, count - made) }, one));
}

async function subscribe(from: At, url: string, { count, wire }: { readonly count: number; readonly wire: boolean }): Promise<void> {
  const frame = (key: number, atNs: number): void => void (from === at && egress.push([key, atNs]));
  const more = wire ? { webSocket: wireSocket({ frame }) } : {};
  const own = wire && wayTo(from) === "quic" ? frame : undefined;
  await many(count, async () => {
    const track = await findTrack(await dial(from, url, more));
    const read = async (): Promise<void> => {
      for await (const group of readGroups(track, { ...defaultWish, maxLatencyMs })) void follow(from, group, own);
    };
    read().catch(() => {}); // A lost session is seen as frames that do not come.
  });
  tell({ kind: "subscribed" });
}
async function follow(from: At, group: Group, whole?: (key: number, atNs: number) => void): Promise<void> {
  try {
    for await (const { payload } of readFrames(group)) {
      if (from !== at) continue;
      lastNs = nowNs();
      whole?.(keyOf(payload), lastNs);
      latenciesMs.push((lastNs - writtenNs(payload)) / 1e6);
    }
  } catch {
    // A group that was given up is seen as frames that do not come.
  }
}

/** From the first packet to the first frame, which the relay has cached. */
async function join(to: At, url: string, count: number): Promise<void> {
  const tookMs: number[] = [];
  for (let joined = 0; joined < count; joined++) {
    const startNs = nowNs();
    const session = await dial(to, url);
    const track = await findTrack(session);
    for await (const group of readGroups(track, { ...defaultWish, maxLatencyMs })) {
      for await (const _ of readFrames(group)) break;
      break;
    }
    tookMs.push((nowNs() - startNs) / 1e6);
    session.close();
    await session.closed;
  }
  tell({ kind: "joined", tookMs });
}

function received(frames: number): void {
  if (latenciesMs.length < frames && nowNs() - lastNs < quietMs * 1e6) return void setTimeout(received, 10, frames);
  const forwardMs = egress.flatMap(([key, atNs]) => {
    const inNs = ingestNs.get(key);
    return inNs === undefined ? [] : [(atNs - inNs) / 1e6];
  });
  tell({ kind: "received", frames: latenciesMs.length, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99), forwardMs });
  at = undefined;
}

function ended(what: string): (error: unknown) => void {
  return (error) => {
    process.stderr.write(`${what}: ${String(error)}\n`);
    process.exit(1);
  };
}
process.on("message", (message: ToClient) => {
  switch (message.kind) {
    case "publish":
      return void publish(message.at, message.url, message.keepMs ?? defaultTrackInfo.maxLatencyMs).catch(
        ended(`cannot publish at ${message.at}`),
      );
    case "subscribe": {
      const { count, wire = false } = message;
      return void subscribe(message.at, message.url, { count, wire }).catch(ended(`cannot subscribe at ${message.at}`));
    }
    case "idle":
      return void many(message.count, () => dial(message.at, message.url)).then(
        () => tell({ kind: "idle" }),
        ended(`cannot connect to ${message.at}`),
      );
    case "join":
      return void join(message.at, message.url, message.count).catch(ended(`cannot join at ${message.at}`));
    case "begin":
      at = message.at;
      latenciesMs = [];
      egress = [];
      ingestNs.clear();
      lastNs = nowNs();
      return tell({ kind: "begun" });
    case "write":
      return write(message.at, message.seconds, message.content);
    case "expect":
      lastNs = nowNs();
      return received(message.frames);
  }
});
process.on("disconnect", () => process.exit(0));
