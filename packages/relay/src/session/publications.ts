import { type Announcement, joinPath, type Origin, type Path, type Session, toPath, type Unpublish } from "@moqscope/lite";

interface Publication {
  /** First of its hops. */
  readonly publisher: bigint | undefined;
  readonly unpublish: Unpublish;
}

export interface PublicationsOptions {
  readonly origin: Origin;
  readonly root: Path;
  readonly session: Session;
  /** What the way to the session costs: its routes count for so many hops more than they have (docs/cluster.md); default 1, which adds none. */
  readonly cost?: number;
  /** What is asked for; default everything, of which relays leave out names that begin with a dot. */
  readonly prefixes?: readonly Path[];
  /** How long a path stays announced when the session is lost without a word, milliseconds. */
  readonly lingerMs: number;
  /** Whether it may publish below its root. */
  readonly mayPublish: (path: Path) => boolean;
  /** Told when the peer has become a publisher. */
  readonly onFirst: () => void;
  /** Told of an announcement that is not allowed. */
  readonly onRefused: (path: Path) => void;
}

/**
 * What one session publishes: its announcements, put into the relay's table below the session's root, as far as they are allowed. What
 * it ends is taken back at once, what is lost with it lingers (relay-behaviour §3). The session has refused chains that lead back here.
 */
export class Publications {
  readonly #options: PublicationsOptions;
  readonly #live = new Map<Path, Publication>();
  constructor(options: PublicationsOptions) {
    this.#options = options;
  }
  /** Full paths. */
  get paths(): readonly Path[] {
    return [...this.#live.keys()].map((path) => joinPath(this.#options.root, path));
  }
  /** Follows the session's announcements until it ends, and leaves nothing of them behind. */
  async run(): Promise<void> {
    const { session, lingerMs, prefixes = [toPath("")] } = this.#options;
    let lost = true;
    try {
      await Promise.all(prefixes.map((prefix) => this.#follow(prefix)));
      // Whatever the peer did not end in order went with the session, which it may have closed in order.
      if (this.#live.size > 0) lost = !(await session.closed).clean;
    } finally {
      for (const { unpublish } of this.#live.values()) unpublish({ lingerMs: lost ? lingerMs : 0 });
      this.#live.clear();
    }
  }
  async #follow(prefix: Path): Promise<void> {
    for await (const announcement of this.#options.session.announced(prefix)) this.#apply(announcement);
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
    const { origin, root, session, cost, mayPublish, onFirst, onRefused } = this.#options;
    if (!mayPublish(path)) return onRefused(path);
    onFirst();
    const [publisher] = hops;
    const way = priced(hops, cost);
    const known = this.#live.get(path);
    if (known && known.publisher === publisher) return known.unpublish.reroute({ hops: way });
    this.#live.set(path, { publisher, unpublish: origin.publish(joinPath(root, path), session.broadcast(path), { hops: way }) });
    known?.unpublish();
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
