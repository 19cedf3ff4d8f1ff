import { type Announcement, joinPath, type Origin, type Path, type Session } from "@moqscope/lite";
import { MeasuredBroadcast } from "./measured-broadcast.ts";

interface Publication {
  readonly broadcast: MeasuredBroadcast;
  unpublish(): void;
}

export interface PublicationsOptions {
  readonly origin: Origin;
  readonly root: Path;
  readonly session: Session;
  /** What the way to the session costs: its routes count for so many hops more than they have (docs/cluster.md); default 1, which adds none. */
  readonly cost?: number;
  /** Whether it may publish below its root. */
  readonly mayPublish: (path: Path) => boolean;
  /** Told when the peer has become a publisher. */
  readonly onFirst: () => void;
  /** Told of an announcement that is not allowed. */
  readonly onRefused: (path: Path) => void;
}

/** What one session publishes: its announcements, put into the relay's table below the session's root, as far as they are allowed, and taken back at its end. The session has refused chains that lead back here. */
export class Publications {
  readonly #origin: Origin;
  readonly #root: Path;
  readonly #session: Session;
  readonly #options: PublicationsOptions;
  readonly #live = new Map<Path, Publication>();
  constructor(options: PublicationsOptions) {
    this.#origin = options.origin;
    this.#root = options.root;
    this.#session = options.session;
    this.#options = options;
  }
  /** Full paths. */
  get paths(): readonly Path[] {
    return [...this.#live.keys()].map((path) => joinPath(this.#root, path));
  }
  get cachedBytes(): number {
    let bytes = 0;
    for (const { broadcast } of this.#live.values()) bytes += broadcast.cachedBytes;
    return bytes;
  }
  /** Follows the session's announcements until it ends, and leaves nothing of them behind. */
  async run(): Promise<void> {
    try {
      for await (const announcement of this.#session.announced()) this.#apply(announcement);
    } finally {
      for (const path of this.#live.keys()) this.#end(path);
    }
  }
  #apply(announcement: Announcement): void {
    switch (announcement.kind) {
      case "active":
        return this.#active(announcement.path, announcement.hops);
      case "ended":
        return this.#end(announcement.path);
    }
  }
  #active(path: Path, hops: readonly bigint[]): void {
    if (!this.#options.mayPublish(path)) return this.#options.onRefused(path);
    const before = this.#live.get(path);
    this.#options.onFirst();
    const broadcast = new MeasuredBroadcast(this.#session.broadcast(path));
    const unpublish = this.#origin.publish(joinPath(this.#root, path), broadcast, priced(hops, this.#options.cost));
    this.#live.set(path, { broadcast, unpublish });
    before?.unpublish();
  }
  #end(path: Path): void {
    this.#live.get(path)?.unpublish();
    this.#live.delete(path);
  }
}

/** Longest chain that a price makes: what peers add to it must stay below the 32 of the wire. */
const pricedHops = 24;

/** Hops without an id stand for a price above 1: every version tells them, and every relay counts them. */
function priced(hops: readonly bigint[], cost = 1): readonly bigint[] {
  const more = Math.min(cost - 1, pricedHops - hops.length);
  return more > 0 ? [...hops, ...Array.from({ length: more }, () => 0n)] : hops;
}
