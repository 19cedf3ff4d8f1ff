import type { Origin, OriginReading, Path, Route } from "@moqscope/lite";
import { toPath } from "@moqscope/lite";
import type { Lease, SpanContext } from "@moqscope/telemetry";
import type { RelayInstruments } from "./instruments.ts";

/** Prefixes of broadcasts that relays and their statistics use among themselves: they are not streams. */
const internal = [".stats", ".internal", "internal"] as const;

interface Stream {
  /** Whether its publisher is connected here, or to another relay. */
  origin: "local" | "remote";
  counted: Lease;
  readonly announced: Lease;
  /** Of the session that announced it. */
  readonly context: SpanContext | undefined;
}

/** Follows the relay's table: `active_streams` and the series per broadcast, each path once however many routes it has, and one event per change. */
export function followStreams(origin: Origin, instruments: RelayInstruments): OriginReading {
  const live = new Map<Path, Stream>();
  const { recorder, relay, broadcasts, remote, shared } = instruments;
  const end = (path: Path, { counted, announced }: Stream): void => {
    remote.delete(path);
    counted.release();
    announced.release();
  };
  const move = (path: Path, stream: Stream, to: Stream["origin"]): void => {
    if (stream.origin === to) return;
    stream.counted.release();
    stream.counted = relay.streams[to].acquire();
    stream.origin = to;
    follow(path, to);
  };
  const follow = (path: Path, from: Stream["origin"]): void => void (from === "remote" ? remote.add(path) : remote.delete(path));
  const reading = origin.attach(toPath(""), {
    active: (route) => {
      const { path, hops } = route;
      if (isInternal(path)) return;
      const from = originOf(route);
      const known = live.get(path);
      if (known) return move(path, known, from);
      const context = shared.announcer(path);
      live.set(path, { origin: from, counted: relay.streams[from].acquire(), announced: broadcasts.announced(path), context });
      follow(path, from);
      recorder.event("info", "moq.broadcast.active", { broadcast: path, origin: from, hops: hops.length }, context);
    },
    ended: (path) => {
      const stream = live.get(path);
      if (!stream) return;
      live.delete(path);
      end(path, stream);
      recorder.event("info", "moq.broadcast.ended", { broadcast: path, origin: stream.origin }, stream.context);
    },
  });
  return {
    detach: () => {
      reading.detach();
      for (const [path, stream] of live) end(path, stream);
      live.clear();
    },
  };
}

/** A publisher that is connected here is the only hop of its chain, or has none. */
function originOf({ hops }: Route): Stream["origin"] {
  return hops.length > 1 ? "remote" : "local";
}
function isInternal(path: Path): boolean {
  return internal.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}
