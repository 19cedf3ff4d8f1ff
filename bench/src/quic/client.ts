import {
  connect,
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
import { framesPerGroup, makeFrame, nowNs, path, trackName, writtenNs } from "../lite/content.ts";
import { quantile } from "../statistics.ts";
import type { Contestant, FromClient, ToClient } from "./messages.ts";

/** One client for every relay: ours, over QUIC or WebSocket, with one publisher or many subscribers in a process. */
const tell = (message: FromClient): void => void process.send?.(message);
/** Nothing came for so long: the rest is not coming. */
const quietMs = 400;
/** Frames written late in one tick at most: a relay that is late must not be answered with a flood. */
const mostAtOnce = 16;
/** moq-relay gives up every group but the newest for less, and so each of them is asked for the same. */
const maxLatencyMs = 5000;
const version = "moq-lite-05";

const tracks = new Map<Contestant, Track>();
let at: Contestant | undefined;
let latenciesMs: number[] = [];
let lastNs = 0;

function dial(from: Contestant, url: string, publish?: Origin): Promise<Session> {
  const offered = publish ? { publish } : {};
  if (from === "websocket") return connect(url, { ...offered, webSocket: nodeWebSocket, webTransport: false });
  const opener = quicOpener({ connectQuic: (to, options) => connectQuic(to, { ...options, protocols: [version] }) }, { trust: "none" });
  return connect(url, { ...offered, webTransport: opener, headStartMs: 20_000, memory: new TransportMemory() });
}

async function publish(to: Contestant, url: string): Promise<void> {
  const track = new Track({ name: trackName });
  const broadcast = new LocalBroadcast();
  broadcast.add(track);
  const origin = new Origin();
  origin.publish(toPath(path), broadcast);
  await dial(to, url, origin);
  tracks.set(to, track);
  tell({ kind: "published" });
}

/** Writes on time; what is due together leaves together. A turn ends with the group it is in. */
function write(to: Contestant, framesPerSecond: number, seconds: number): void {
  const track = tracks.get(to);
  if (!track) throw new Error(`nothing is published at ${to}`);
  const startNs = nowNs();
  const total = Math.round(framesPerSecond * seconds);
  let group: Group | undefined;
  let done = 0;
  const step = (): void => {
    const elapsed = (nowNs() - startNs) / 1e9;
    const due = Math.min(total - done, Math.floor(elapsed * framesPerSecond) + 1 - done, mostAtOnce);
    for (let left = due; left > 0; left--) {
      group ??= track.createGroup();
      group.append({ timestamp: Math.round(nowNs() / 1e6), payload: makeFrame() });
      done++;
      if (group.frames.length < framesPerGroup && done < total) continue;
      group.finish();
      group = undefined;
    }
    if (done >= total || elapsed > 2 * seconds) {
      group?.finish();
      return tell({ kind: "wrote", frames: done });
    }
    setTimeout(step, Math.max(1, (done / framesPerSecond - elapsed) * 1000));
  };
  step();
}

async function subscribe(from: Contestant, url: string, count: number): Promise<void> {
  const one = async (): Promise<void> => {
    const session = await dial(from, url);
    for await (const { kind, path: found } of session.announced()) if (kind === "active" && found === path) break;
    const track = await session.broadcast(toPath(path)).track(trackName);
    const read = async (): Promise<void> => {
      for await (const group of readGroups(track, { ...defaultWish, maxLatencyMs })) void follow(from, group);
    };
    read().catch(() => {}); // A lost session is seen as frames that do not come.
  };
  for (let made = 0; made < count; made += 10) await Promise.all(Array.from({ length: Math.min(10, count - made) }, one));
  tell({ kind: "subscribed" });
}
async function follow(from: Contestant, group: Group): Promise<void> {
  try {
    for await (const { payload } of readFrames(group)) {
      if (from !== at) continue;
      lastNs = nowNs();
      latenciesMs.push((lastNs - writtenNs(payload)) / 1e6);
    }
  } catch {
    // A group that was given up is seen as frames that do not come.
  }
}
function received(frames: number): void {
  if (latenciesMs.length < frames && nowNs() - lastNs < quietMs * 1e6) return void setTimeout(received, 10, frames);
  tell({ kind: "received", frames: latenciesMs.length, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) });
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
      return void publish(message.at, message.url).catch(ended(`cannot publish at ${message.at}`));
    case "subscribe":
      return void subscribe(message.at, message.url, message.count).catch(ended(`cannot subscribe at ${message.at}`));
    case "begin":
      at = message.at;
      latenciesMs = [];
      lastNs = nowNs();
      return tell({ kind: "begun" });
    case "write":
      return write(message.at, message.framesPerSecond, message.seconds);
    case "expect":
      lastNs = nowNs();
      return received(message.frames);
  }
});
process.on("disconnect", () => process.exit(0));
