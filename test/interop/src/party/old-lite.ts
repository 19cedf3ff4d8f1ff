import { Broadcast, type Connection, Group, Path, type Track } from "@moq/lite";
import { type Announced, type Offer, type Party, type Reading, type SeenGroup, trackName } from "./party.ts";

/** A connection of `@moq/lite` 0.2.2, the predecessor of `@moq/net`. */
export function oldLiteParty(connection: Connection.Established): Party {
  const closed = connection.closed; // Each look makes another promise.
  closed.catch(() => {}); // Whoever asks is told.
  return {
    version: connection.version,
    tellsCut: true,
    closed,
    offer: (path) => offer(connection, path),
    announced: () => announced(connection),
    subscribe: (path) => subscribe(connection, path),
    close: () => connection.close(),
  };
}

interface Made {
  readonly sequence: number;
  readonly frames: Uint8Array[];
  finished: boolean;
}

/** It keeps nothing for who comes late: the application replays, as publishers built on it do. */
function offer(connection: Connection.Established, path: string): Offer {
  const broadcast = new Broadcast();
  const readers = new Set<Track>();
  const open = new Map<Track, Group>();
  let latest: Made | undefined;
  const serve = async (): Promise<void> => {
    for (let request = await broadcast.requested(); request; request = await broadcast.requested()) {
      const { track } = request;
      readers.add(track);
      void track.closed.then(() => readers.delete(track));
      if (latest) begin(track, latest);
    }
  };
  const begin = (track: Track, made: Made): void => {
    const group = new Group(made.sequence);
    track.writeGroup(group);
    for (const frame of made.frames) group.writeFrame(frame);
    if (made.finished) group.close();
    else open.set(track, group);
  };
  void serve().catch(() => {}); // It ends with the broadcast, which `end` or the session did.
  connection.publish(Path.from(path), broadcast);
  return {
    group() {
      const made: Made = { sequence: (latest?.sequence ?? -1) + 1, frames: [], finished: false };
      latest = made;
      open.clear();
      for (const track of readers) begin(track, made);
      return {
        frame(payload) {
          made.frames.push(payload);
          for (const group of open.values()) group.writeFrame(payload);
        },
        finish() {
          made.finished = true;
          for (const group of open.values()) group.close();
        },
      };
    },
    get read() {
      return readers.size > 0;
    },
    end: () => broadcast.close(),
  };
}
async function* announced(connection: Connection.Established): AsyncGenerator<Announced> {
  const announcements = connection.announced();
  for (let next = await announcements.next(); next; next = await announcements.next()) yield next;
}
function subscribe(connection: Connection.Established, path: string): Reading {
  const broadcast = connection.consume(Path.from(path));
  const track = broadcast.subscribe(trackName, 60);
  return {
    async next() {
      const group = await track.recvGroup();
      return group ? seen(group) : undefined;
    },
    stop() {
      track.close();
      broadcast.close();
    },
  };
}
function seen(group: Group): SeenGroup {
  return {
    sequence: group.sequence,
    async next() {
      const payload = await group.readFrame();
      return payload ? { payload, timestampMs: undefined } : undefined;
    },
  };
}
