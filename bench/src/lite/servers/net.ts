import { Broadcast, type Group, Connection as NetConnection, Path, Time } from "@moq/net";
import QmuxSession from "@moq/qmux";
import type { WebSocket } from "ws";
import { framesPerGroup, makeFrame, path, trackName } from "../content.ts";
import { listen } from "./listen.ts";
import type { Source } from "./source.ts";

/** `@moq/net` on `@moq/qmux`: one producer, published on every connection. */
export async function serveNet(): Promise<Source> {
  const broadcast = new Broadcast.Producer();
  const track = broadcast.createTrack(trackName);
  const { server, port } = await listen((offers) => [...offers][0] ?? false);
  const accept = async (socket: WebSocket): Promise<void> => {
    const transport = QmuxSession.accept(socket as never, { protocol: socket.protocol });
    transport.closed.catch(() => {}); // The connection on it tells the same.
    await transport.ready;
    const connection = await NetConnection.accept(transport as never, new URL(`http://127.0.0.1:${port}/`), {});
    connection.closed.catch(() => {}); // The subscribers end first, by being cut.
    connection.publish(Path.from(path), broadcast);
  };
  server.on("connection", (socket) => {
    accept(socket).catch((error: unknown) => {
      process.stderr.write(`@moq/net refused a subscriber: ${String(error)}\n`);
      process.exit(1);
    });
  });
  let group: Group.Producer | undefined;
  let inGroup = 0;
  let timestamp = 0;
  return {
    port,
    write(frames) {
      for (let written = 0; written < frames; written++) {
        group ??= track.appendGroup();
        group.writeFrame({ payload: makeFrame(), timestamp: Time.Timestamp.fromMillis(timestamp++) });
        if (++inGroup < framesPerGroup) continue;
        group.close();
        group = undefined;
        inGroup = 0;
      }
    },
  };
}
