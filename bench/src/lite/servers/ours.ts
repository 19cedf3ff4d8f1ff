import { type Group, LocalBroadcast, Origin, startSession, Track, toPath } from "@moqscope/lite";
import { acceptWebSocket, selectSubprotocol } from "@moqscope/lite/node";
import { framesPerGroup, makeFrame, path, trackName } from "../content.ts";
import { listen } from "./listen.ts";
import type { Source } from "./source.ts";

/** Our sessions: one track, fanned out. */
export async function serveOurs(): Promise<Source> {
  const track = new Track({ name: trackName });
  const broadcast = new LocalBroadcast();
  broadcast.add(track);
  const publish = new Origin();
  publish.publish(toPath(path), broadcast);
  const { server, port } = await listen((offers) => selectSubprotocol(offers) || false);
  server.on("connection", (socket, { socket: connection }) => {
    startSession(acceptWebSocket(socket, { protocol: socket.protocol, connection }), { role: "server", publish });
  });
  let group: Group | undefined;
  let timestamp = 0;
  return {
    port,
    write(frames) {
      for (let written = 0; written < frames; written++) {
        group ??= track.createGroup();
        group.append({ timestamp: timestamp++, payload: makeFrame() });
        if (group.frames.length < framesPerGroup) continue;
        group.finish();
        group = undefined;
      }
    },
  };
}
