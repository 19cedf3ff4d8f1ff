import { type Clock, systemClock } from "../clock.ts";
import type { Broadcast } from "./broadcast.ts";
import { type Path, suffixOf } from "./path.ts";

/** One way to a broadcast. `hops` are the ids of the relays and the publisher it came through, publisher first; empty for our own. */
export interface Route {
  readonly path: Path;
  readonly broadcast: Broadcast;
  readonly hops: readonly bigint[];
}
/** What a reader of an origin is told, synchronously; `path` is the full path. */
export interface OriginReader {
  /** A second call for a live path means a better route to the same publisher. */
  active(route: Route): void;
  ended(path: Path): void;
}
export interface OriginReading {
  detach(): void;
}
/**
 * Takes a route back; may be called twice. With `lingerMs` it stays announced for so long, as for a publisher that was lost without a
 * word and may come back: the same publisher resumes it, another one replaces it at once (relay-behaviour §3).
 */
export type Unpublish = (options?: { readonly lingerMs?: number }) => void;

/** The table of broadcasts that a process offers, and who is told of changes. One route is served per path. */
export class Origin {
  /** This process among the hops: random, not 0, at most 2^53 - 1. */
  readonly id: bigint;
  readonly #clock: Clock;
  readonly #routes = new Map<Path, Route[]>();
  readonly #readers = new Set<Reader>();
  /** Routes whose publisher was lost, and how to stop waiting for it. */
  readonly #lingering = new Map<Route, () => void>();
  constructor(id: bigint = randomHopId(), options: { readonly clock?: Clock } = {}) {
    this.id = id;
    this.#clock = options.clock ?? systemClock;
  }
  /** Every path with a route. */
  get paths(): readonly Path[] {
    return [...this.#routes.keys()];
  }
  /** Offers a broadcast; the returned function takes it back. */
  publish(path: Path, broadcast: Broadcast, hops: readonly bigint[] = []): Unpublish {
    const route: Route = { path, broadcast, hops };
    const routes = this.#routes.get(path) ?? [];
    this.#routes.set(path, insert(routes, route));
    for (const other of routes) if (this.#lingering.has(other)) this.#remove(other);
    this.#tell(path);
    return ({ lingerMs = 0 } = {}) => {
      if (lingerMs > 0 && this.#routes.get(path)?.includes(route)) return this.#linger(route, lingerMs);
      this.#remove(route);
      this.#tell(path);
    };
  }
  #linger(route: Route, lingerMs: number): void {
    if (this.#lingering.has(route)) return;
    const over = (): void => {
      this.#remove(route);
      this.#tell(route.path);
    };
    this.#lingering.set(route, this.#clock.after(lingerMs, over, { background: true }));
  }
  #remove(route: Route): void {
    this.#lingering.get(route)?.();
    this.#lingering.delete(route);
    const left = (this.#routes.get(route.path) ?? []).filter((other) => other !== route);
    if (left.length > 0) this.#routes.set(route.path, left);
    else this.#routes.delete(route.path);
  }
  /** The route that is served, skipping those that came through `exclude`. */
  route(path: Path, exclude?: bigint): Route | undefined {
    return this.#routes.get(path)?.find((route) => exclude === undefined || !route.hops.includes(exclude));
  }
  /** Tells of every broadcast below `prefix` at once, then of changes. Routes through `exclude` are left out. */
  attach(prefix: Path, reader: OriginReader, exclude?: bigint): OriginReading {
    const entry: Reader = { prefix, reader, exclude, told: new Map() };
    this.#readers.add(entry);
    for (const path of this.#routes.keys()) this.#update(entry, path);
    return { detach: () => void this.#readers.delete(entry) };
  }
  #tell(path: Path): void {
    for (const entry of this.#readers) this.#update(entry, path);
  }
  #update(entry: Reader, path: Path): void {
    if (suffixOf(path, entry.prefix) === undefined) return;
    const before = entry.told.get(path);
    const now = this.route(path, entry.exclude);
    if (before === now) return;
    if (before && (!now || !samePublisher(before, now))) {
      entry.told.delete(path);
      entry.reader.ended(path);
    }
    if (!now) return;
    entry.told.set(path, now);
    entry.reader.active(now);
  }
}

interface Reader {
  readonly prefix: Path;
  readonly reader: OriginReader;
  readonly exclude: bigint | undefined;
  readonly told: Map<Path, Route>;
}

/** A new publisher takes over; a further route to the same publisher stands where its length puts it, newest first among equals. */
function insert(routes: readonly Route[], route: Route): Route[] {
  const at = routes.findIndex((other) => !samePublisher(other, route) || other.hops.length >= route.hops.length);
  return at < 0 ? [...routes, route] : [...routes.slice(0, at), route, ...routes.slice(at)];
}
/** Same first hop, and known: same content over another way. */
function samePublisher(a: Route, b: Route): boolean {
  const first = a.hops[0];
  return first !== undefined && first !== 0n && first === b.hops[0];
}
/** Random, not 0, at most 2^53 - 1: older JavaScript peers throw above it. */
export function randomHopId(): bigint {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (BigInt(high & 0x1fffff) << 32n) | BigInt(low) || 1n;
}
