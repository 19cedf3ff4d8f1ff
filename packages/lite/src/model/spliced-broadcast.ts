import type { Clock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { withSignal } from "../session/deadline.ts";
import { toLiteError } from "../session/errors.ts";
import { WireCode } from "../wire/code.ts";
import type { Broadcast } from "./broadcast.ts";
import type { CachePool } from "./cache-pool.ts";
import { type FoundTrack, type Sources, SplicedTrack } from "./spliced-track.ts";
import type { Track } from "./track.ts";

export interface SplicedBroadcastOptions {
  readonly clock: Clock;
  readonly cache: { readonly pool: CachePool; readonly bytes: number; readonly maxAgeMs: number };
}
/** How long a track that nobody reads is remembered, milliseconds (relay-behaviour §4). */
const keepMs = 30_000;

interface Entry {
  readonly found: Promise<SplicedTrack>;
  /** Absent until it was found. */
  spliced: SplicedTrack | undefined;
  cancelKeep: () => void;
}

/** One publisher's broadcast over whichever of its routes is best: readers of its tracks stay when the route changes. */
export class SplicedBroadcast implements Broadcast {
  readonly #options: SplicedBroadcastOptions;
  readonly #tracks = new Map<string, Entry>();
  #sources: Sources = { broadcasts: [], final: false };
  #change = Promise.withResolvers<void>();
  constructor(options: SplicedBroadcastOptions) {
    this.#options = options;
  }
  /** Whether no track is held. */
  get idle(): boolean {
    return this.#tracks.size === 0;
  }
  /** The tracks that are read, or were a moment ago. */
  *tracks(): IterableIterator<Track> {
    for (const { spliced } of this.#tracks.values()) if (spliced) yield spliced.track;
  }
  /** The best source that does not refuse it decides; while there is none, one is waited for. */
  async track(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Track> {
    const entry = this.#tracks.get(name) ?? this.#open(name);
    const { track } = await withSignal(entry.found, options.signal);
    return track;
  }
  /** The sources from now on, best first. Empty: they may come back. */
  update(broadcasts: readonly Broadcast[]): void {
    this.#replace({ broadcasts, final: false });
  }
  /** There are no sources any more: what is still served ends with its source. */
  end(): void {
    this.#replace({ broadcasts: [], final: true });
  }
  /** Ends every track with this error; those that are asked for afterwards begin anew. */
  abort(error: LiteError): void {
    for (const [name, entry] of this.#tracks) {
      entry.spliced?.abort(error);
      this.#forget(name, entry);
    }
    this.#changed();
  }
  #replace(sources: Sources): void {
    this.#sources = sources;
    for (const { spliced } of this.#tracks.values()) spliced?.update(sources);
    this.#changed();
  }
  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
  #open(name: string): Entry {
    const entry: Entry = { found: this.#find(name).then((found) => this.#splice(name, found, entry)), spliced: undefined, cancelKeep() {} };
    this.#tracks.set(name, entry);
    entry.found.catch(() => this.#forget(name, entry)); // Whoever asked is told by the same promise.
    return entry;
  }
  /** The first source that has the track. */
  async #find(name: string): Promise<FoundTrack> {
    const refused = new Set<Broadcast>();
    let last: LiteError | undefined;
    while (true) {
      const { broadcasts, final } = this.#sources;
      const change = this.#change.promise;
      const broadcast = broadcasts.find((one) => !refused.has(one));
      if (broadcast) {
        try {
          return { broadcast, track: await broadcast.track(name) };
        } catch (cause) {
          last = toLiteError(cause);
          refused.add(broadcast);
        }
      } else if (final || (last && last.code !== LiteErrorCode.transportClosed)) {
        throw last ?? new LiteError(LiteErrorCode.notFound, `track "${name}" has no source any more`, { wireCode: WireCode.unroutable });
      } else await change;
    }
  }
  #splice(name: string, found: FoundTrack, entry: Entry): SplicedTrack {
    const { clock } = this.#options;
    if (this.#tracks.get(name) !== entry)
      throw new LiteError(LiteErrorCode.old, `another publisher took over while track "${name}" was asked for`);
    const keep = (): void => {
      entry.cancelKeep();
      entry.cancelKeep = clock.after(keepMs, () => this.#forget(name, entry), { background: true });
    };
    const spliced = new SplicedTrack(this.#sources, {
      name,
      found,
      ...this.#options,
      onIdle: (idle) => (idle ? keep() : entry.cancelKeep()),
      onOver: () => this.#forget(name, entry),
    });
    entry.spliced = spliced;
    keep();
    return spliced;
  }
  #forget(name: string, entry: Entry): void {
    entry.cancelKeep();
    entry.spliced?.track.release();
    if (this.#tracks.get(name) === entry) this.#tracks.delete(name);
  }
}
