import { type Group, LocalBroadcast, type Origin, readFrames, readGroups, type Session, Track, toPath, type Wish } from "@moqscope/lite";
import { type Announced, type Offer, type Party, type Reading, type SeenGroup, trackName } from "./party.ts";

/** A session of `@moqscope/lite`, which was started with `origin`; it subscribes by `wish`, or as is usual. */
export function ourParty(session: Session, origin: Origin, wish?: Wish): Party {
  return {
    version: session.version,
    tellsCut: true,
    closed: session.closed,
    offer: (path) => offer(origin, path),
    announced: () => announced(session),
    subscribe: (path) => subscribe(session, path, wish),
    close: () => session.close(),
  };
}

function offer(origin: Origin, path: string): Offer {
  const track = new Track({ name: trackName });
  const broadcast = new LocalBroadcast();
  broadcast.add(track);
  const takeBack = origin.publish(toPath(path), broadcast);
  return {
    group() {
      const group = track.createGroup();
      return {
        frame: (payload, timestamp) => group.append({ payload, timestamp }),
        finish: () => group.finish(),
      };
    },
    get read() {
      return track.readers > 0;
    },
    end: takeBack,
  };
}
async function* announced(session: Session): AsyncGenerator<Announced> {
  for await (const { kind, path } of session.announced()) yield { path, active: kind === "active" };
}
function subscribe(session: Session, path: string, wish: Wish | undefined): Reading {
  const stop = new AbortController();
  const groups = read(session, path, { wish, signal: stop.signal });
  return {
    async next() {
      const { value } = await groups.next();
      return value;
    },
    stop() {
      stop.abort();
      void groups.return(undefined); // Whoever still waits for a group was told by the signal.
    },
  };
}
async function* read(
  session: Session,
  path: string,
  { wish, signal }: { readonly wish: Wish | undefined; readonly signal: AbortSignal },
): AsyncGenerator<SeenGroup, undefined> {
  const track = await session.broadcast(toPath(path)).track(trackName, { signal });
  for await (const group of readGroups(track, wish, { signal })) yield seen(group, track.info.timescale);
}
function seen(group: Group, timescale: number): SeenGroup {
  const frames = readFrames(group);
  return {
    sequence: group.sequence,
    async next() {
      const { value } = await frames.next();
      return value ? { payload: value.payload, timestampMs: (value.timestamp * 1000) / timescale } : undefined;
    },
  };
}
