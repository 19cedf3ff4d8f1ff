import { connect, LocalBroadcast, readFrames, readGroups, type Session, Track, toPath, type WebSocketConstructor } from "@moqscope/lite";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { loadCertificate } from "./net/certificate.ts";
import type { Relay } from "./relay.ts";
import { startRelay, until } from "./testing/harness.ts";

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});
const frames = 300;
const frameBytes = 20_011;
function frame(index: number): Uint8Array {
  return new Uint8Array(frameBytes).fill((index * 13) & 0xff);
}

async function readAll(session: Session): Promise<number[]> {
  const track = await session.broadcast(toPath("show")).track("video");
  for await (const group of readGroups(track)) {
    const seen: number[] = [];
    for await (const { payload } of readFrames(group)) {
      const expected = frame(seen.length);
      seen.push(Buffer.compare(payload, expected) === 0 ? payload.byteLength : -1);
    }
    return seen;
  }
  throw new Error("no group came");
}

test("over TLS, which never takes bytes at once, three viewers each get 6 MB as they were", async () => {
  const certificate = await loadCertificate({ generate: ["localhost", "127.0.0.1"] });
  const { relay } = await startRelay({ tls: { cert: certificate.cert, key: certificate.key }, webTransport: "off" });
  open.push(relay);
  class Trusting extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { ca: certificate.cert, perMessageDeflate: false });
    }
  }
  const video = new Track({ name: "video" });
  const broadcast = new LocalBroadcast();
  broadcast.add(video);
  relay.origin.publish(toPath("show"), broadcast);
  const url = relay.url.replace("http:", "https:");
  const sessions = await Promise.all([0, 1, 2].map(() => connect(url, { webSocket: Trusting as unknown as WebSocketConstructor })));
  const reading = sessions.map(readAll);
  await until(() => video.readers === 3);
  const group = video.createGroup();
  for (let index = 0; index < frames; index++) {
    group.append({ timestamp: index, payload: frame(index) });
    if (index % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
  }
  group.finish();
  for (const seen of await Promise.all(reading)) expect(seen).toEqual(Array.from({ length: frames }, () => frameBytes));
});
