import {
  type Broadcast,
  joinPath,
  Origin,
  type OriginReader,
  type OriginReading,
  type Path,
  type Route,
  suffixOf,
  type Unpublish,
} from "@moqscope/lite";

/** An origin as a session sees it from its connect path: the same table, every path relative to the root (relay-behaviour §7.3). */
export class RootedOrigin extends Origin {
  readonly #table: Origin;
  readonly #root: () => Path;
  /** `root` is asked each time: raw QUIC tells it after the session began. */
  constructor(table: Origin, root: () => Path) {
    super(table.id);
    this.#table = table;
    this.#root = root;
  }
  override get paths(): readonly Path[] {
    return this.#table.paths.map((path) => suffixOf(path, this.#root())).filter((path) => path !== undefined);
  }
  override publish(path: Path, broadcast: Broadcast, hops: readonly bigint[] = []): Unpublish {
    return this.#table.publish(joinPath(this.#root(), path), broadcast, hops);
  }
  override route(path: Path, exclude?: bigint): Route | undefined {
    const route = this.#table.route(joinPath(this.#root(), path), exclude);
    return route && { ...route, path };
  }
  override attach(prefix: Path, reader: OriginReader, exclude?: bigint): OriginReading {
    const relative = (path: Path): Path => suffixOf(path, this.#root()) ?? path;
    return this.#table.attach(
      joinPath(this.#root(), prefix),
      {
        active: (route) => reader.active({ ...route, path: relative(route.path) }),
        ended: (path) => reader.ended(relative(path)),
      },
      exclude,
    );
  }
}
