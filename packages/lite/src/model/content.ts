import type { Clock } from "../clock.ts";
import type { LiteError } from "../error.ts";
import { compareRoutes, publisherOf, type Route } from "./route.ts";
import { SplicedBroadcast, type SplicedBroadcastOptions } from "./spliced-broadcast.ts";
import type { Track } from "./track.ts";

/** Who offers a path, and what it says of its way there. */
export interface Source {
  route: Route;
}
export interface ContentOptions extends SplicedBroadcastOptions {
  readonly clock: Clock;
}

/** What one publisher offers at one path: its sources, best first, and how they are read. */
export class Content {
  /** `undefined` for a source whose publisher is not known: it is the only one. */
  readonly publisher: bigint | undefined;
  readonly #options: ContentOptions;
  readonly #sources: Source[] = [];
  /** By the hop that they avoid; the one that avoids none stays, the others as long as they are read. */
  readonly #views = new Map<bigint | undefined, SplicedBroadcast>();
  #lost: { readonly source: Source; readonly cancel: () => void } | undefined;
  constructor(publisher: bigint | undefined, options: ContentOptions) {
    this.publisher = publisher;
    this.#options = options;
  }
  get empty(): boolean {
    return this.#sources.length === 0;
  }
  /** Whether readers are told of it: it has an announced source, or waits for one that was lost. */
  get announced(): boolean {
    return this.#lost !== undefined || this.#sources[0]?.route.announced === true;
  }
  /** The tracks that are read of it; one more than once where readers avoid different hops. */
  *tracks(): IterableIterator<Track> {
    for (const view of this.#views.values()) yield* view.tracks();
  }
  has(source: Source): boolean {
    return this.#sources.includes(source);
  }
  /** Whether it waits for this source to come back. */
  awaits(source: Source): boolean {
    return this.#lost?.source === source;
  }
  add(source: Source): void {
    this.#stopWaiting();
    const at = this.#sources.findIndex((other) => compareRoutes(source.route, other.route) <= 0);
    if (at < 0) this.#sources.push(source);
    else this.#sources.splice(at, 0, source);
    this.#update();
  }
  remove(source: Source): void {
    const at = this.#sources.indexOf(source);
    if (at < 0) return;
    this.#sources.splice(at, 1);
    this.#update();
  }
  /** Stays announced with the route of a source that was lost; `over` is called when it did not come back in time. */
  linger(source: Source, ms: number, over: () => void): void {
    this.#lost = { source, cancel: this.#options.clock.after(ms, over, { background: true }) };
  }
  /** No source will come any more: what is still served ends with its source. */
  end(): void {
    this.#stopWaiting();
    for (const view of this.#views.values()) view.end();
  }
  /** Ends what is read of it. */
  abort(error: LiteError): void {
    for (const view of this.#views.values()) view.abort(error);
  }
  /** The best route that does not lead through `exclude`. */
  route(exclude: bigint | undefined): Route | undefined {
    const source = this.#sources.find((one) => avoids(one, exclude)) ?? this.#lost?.source;
    return source && avoids(source, exclude) ? source.route : undefined;
  }
  /** What is read by this route: over any source that does not lead through `exclude`. */
  read(route: Route, exclude: bigint | undefined): Route {
    if (this.publisher === undefined) return route;
    const avoided = this.#sources.every((source) => avoids(source, exclude)) ? undefined : exclude;
    let view = this.#views.get(avoided);
    if (!view) {
      view = new SplicedBroadcast(this.#options);
      this.#views.set(avoided, view);
      this.#show(view, avoided);
    }
    return { ...route, broadcast: view };
  }
  #update(): void {
    for (const [avoided, view] of this.#views) {
      this.#show(view, avoided);
      if (view.idle && avoided !== undefined) this.#views.delete(avoided);
    }
  }
  #show(view: SplicedBroadcast, avoided: bigint | undefined): void {
    view.update(this.#sources.filter((source) => avoids(source, avoided)).map(({ route }) => route.broadcast));
  }
  #stopWaiting(): void {
    this.#lost?.cancel();
    this.#lost = undefined;
  }
}

function avoids({ route }: Source, exclude: bigint | undefined): boolean {
  return exclude === undefined || !route.hops.includes(exclude);
}
export function publishes({ publisher }: Content, source: Source): boolean {
  return publisher !== undefined && publisher === publisherOf(source.route);
}
