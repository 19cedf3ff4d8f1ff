import {
  type Broadcast,
  joinPath,
  LiteError,
  LiteErrorCode,
  Origin,
  type OriginReader,
  type OriginReading,
  type Path,
  type Route,
  type RouteOptions,
  suffixOf,
  toPath,
  type Unpublish,
} from "@moqscope/lite";
import { covers, type Grants } from "@moqscope/token";

/** An origin as a session sees it: the same table, every path relative to the root of its grants, of which only `get` is shown (relay-behaviour §7.3). */
export class RootedOrigin extends Origin {
  readonly #table: Origin;
  readonly #grants: () => Grants;
  /** `grants` are asked each time: raw QUIC tells its path after the session began. */
  constructor(table: Origin, grants: () => Grants) {
    super(table.id);
    this.#table = table;
    this.#grants = grants;
  }
  override get paths(): readonly Path[] {
    return this.#table.paths.map((path) => suffixOf(path, this.#root)).filter((path) => path !== undefined && this.#shows(path)) as Path[];
  }
  override publish(path: Path, broadcast: Broadcast, options: RouteOptions = {}): Unpublish {
    return this.#table.publish(joinPath(this.#root, path), broadcast, options);
  }
  /** @throws LiteError `unauthorized` for what may not be read: that request ends, the session does not. */
  override route(path: Path, exclude?: bigint): Route | undefined {
    if (!this.#shows(path)) throw new LiteError(LiteErrorCode.unauthorized, `"${path}" may not be read`);
    const route = this.#table.route(joinPath(this.#root, path), exclude);
    return route && { ...route, path };
  }
  override attach(prefix: Path, reader: OriginReader, exclude?: bigint): OriginReading {
    const seen = (path: Path): Path | undefined => {
      const relative = suffixOf(path, this.#root);
      return relative !== undefined && this.#shows(relative) ? relative : undefined;
    };
    return this.#table.attach(
      joinPath(this.#root, prefix),
      {
        active(route) {
          const path = seen(route.path);
          if (path !== undefined) reader.active({ ...route, path });
        },
        ended(full) {
          const path = seen(full);
          if (path !== undefined) reader.ended(path);
        },
      },
      exclude,
    );
  }
  get #root(): Path {
    return toPath(this.#grants().root);
  }
  #shows(path: Path): boolean {
    return covers(this.#grants().get, path);
  }
}
