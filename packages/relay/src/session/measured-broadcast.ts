import type { Broadcast, Track } from "@moqscope/lite";

/** A broadcast that knows the tracks it gave out, so that the bytes they cache can be counted. It keeps none of them alive. */
export class MeasuredBroadcast implements Broadcast {
  readonly #inner: Broadcast;
  readonly #tracks = new Map<string, WeakRef<Track>>();
  constructor(inner: Broadcast) {
    this.#inner = inner;
  }
  /** Payload bytes that its tracks hold. */
  get cachedBytes(): number {
    let bytes = 0;
    for (const [name, reference] of this.#tracks) {
      const track = reference.deref();
      if (track) bytes += track.cachedBytes;
      else this.#tracks.delete(name);
    }
    return bytes;
  }
  async track(name: string, options?: { readonly signal?: AbortSignal }): Promise<Track> {
    const track = await this.#inner.track(name, options);
    if (this.#tracks.get(name)?.deref() !== track) this.#tracks.set(name, new WeakRef(track));
    return track;
  }
}
