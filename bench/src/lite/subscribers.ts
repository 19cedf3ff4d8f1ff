import { connect, readFrames, readGroups, toPath } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { WebSocket } from "ws";
import { quantile } from "../statistics.ts";
import { frameBytes, nowNs, path, rawHeaderBytes, trackName, writtenNs } from "./content.ts";
import type { Contestant, FromSubscribers, ToSubscribers } from "./messages.ts";

/** All subscribers, in one process of their own: our client at our server and at @moq/net's, bare `ws` at the raw one. */
const tell = (message: FromSubscribers): void => void process.send?.(message);
/** Nothing came for so long: the rest is not coming. */
const quietMs = 400;

let at: Contestant | undefined;
let latenciesMs: number[] = [];
let lastNs = 0;

function took(from: Contestant, frame: Uint8Array): void {
  if (from !== at) return;
  lastNs = nowNs();
  latenciesMs.push((lastNs - writtenNs(frame)) / 1e6);
}

async function subscribeRaw(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  const stride = rawHeaderBytes + frameBytes;
  let begun: Uint8Array | undefined;
  socket.on("message", (data) => {
    const bytes = begun ? Buffer.concat([begun, data as Buffer]) : (data as Buffer);
    let start = 0;
    for (; start + stride <= bytes.byteLength; start += stride) took("raw", bytes.subarray(start + rawHeaderBytes, start + stride));
    begun = start < bytes.byteLength ? bytes.subarray(start) : undefined;
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
}

async function subscribeLite(from: Contestant, port: number): Promise<void> {
  const session = await connect(`http://127.0.0.1:${port}/`, { webSocket: nodeWebSocket });
  const track = await session.broadcast(toPath(path)).track(trackName);
  const read = async (): Promise<void> => {
    for await (const group of readGroups(track)) void follow(from, group);
  };
  read().catch(() => {}); // A lost session is seen as frames that do not come.
}
async function follow(from: Contestant, group: Parameters<typeof readFrames>[0]): Promise<void> {
  try {
    for await (const frame of readFrames(group)) took(from, frame.payload);
  } catch {
    // A group that was given up is seen as frames that do not come.
  }
}

async function subscribe(to: Contestant, port: number, count: number): Promise<void> {
  const one = to === "raw" ? subscribeRaw : (on: number) => subscribeLite(to, on);
  for (let made = 0; made < count; made += 20) await Promise.all(Array.from({ length: Math.min(20, count - made) }, () => one(port)));
  tell({ kind: "subscribed" });
}

function received(frames: number): void {
  if (latenciesMs.length < frames && nowNs() - lastNs < quietMs * 1e6) return void setTimeout(received, 10, frames);
  tell({ kind: "received", frames: latenciesMs.length, p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) });
  at = undefined;
}

process.on("message", (message: ToSubscribers) => {
  switch (message.kind) {
    case "subscribe":
      return void subscribe(message.to, message.port, message.count).catch((error: unknown) => {
        process.stderr.write(`cannot subscribe to ${message.to}: ${String(error)}\n`);
        process.exit(1);
      });
    case "begin":
      at = message.at;
      latenciesMs = [];
      lastNs = nowNs();
      return tell({ kind: "begun" });
    case "expect":
      lastNs = nowNs();
      return received(message.frames);
  }
});
process.on("disconnect", () => process.exit(0));
