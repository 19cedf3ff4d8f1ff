import { Broadcast, type Connection, type Group, Path, Time } from "@moq/net";
import { type Announced, type Offer, type Party, type Reading, type SeenGroup, trackName } from "./party.ts";

/** A connection of `@moq/net` 0.3.4. */
export function netParty(connection: Connection.Established): Party {
  const closed = connection.closed; // Each look makes another promise.
  closed.catch(() => {}); // Whoever asks is told.
  return {
    version: connection.version,
    // 0.3.4 closes the open group without an error when its session is lost.
    tellsCut: false,
    closed,
    offer: (path) => offer(connection, path),
    announced: () => announced(connection),
    subscribe: (path) => subscribe(connection, path),
    close: () => connection.close(),
  };
}

function offer(connection: Connection.Established, path: string): Offer {
  const broadcast = new Broadcast.Producer();
  const track = broadcast.createTrack(trackName);
  connection.publish(Path.from(path), broadcast);
  return {
    group() {
      const group = track.appendGroup();
      return {
        frame: (payload, ms) => group.writeFrame({ payload, timestamp: Time.Timestamp.fromMillis(ms) }),
        finish: () => group.close(),
      };
    },
    get read() {
      return track.used.peek();
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
  const track = broadcast.track(trackName).subscribe({ priority: 60 });
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
function seen(group: Group.Consumer): SeenGroup {
  return {
    sequence: group.sequence,
    async next() {
      const frame = await group.readFrame();
      return frame ? { payload: frame.payload, timestampMs: frame.timestamp.as(Time.Timescale.MILLI) } : undefined;
    },
  };
}
