import { LiteError, LiteErrorCode } from "../error.ts";
import type { Track } from "./track.ts";

/** A named set of tracks: made here (`LocalBroadcast`) or read from a peer (`Session.broadcast`). */
export interface Broadcast {
  /**
   * Finds a track; reading begins only when somebody attaches.
   * @throws LiteError `not_found` if there is none, `transport_closed`, or the signal's reason.
   */
  track(name: string, options?: { readonly signal?: AbortSignal }): Promise<Track>;
}

/** A broadcast whose tracks are made in this process. */
export class LocalBroadcast implements Broadcast {
  readonly #tracks = new Map<string, Track>();
  get tracks(): ReadonlyMap<string, Track> {
    return this.#tracks;
  }
  add(track: Track): void {
    this.#tracks.set(track.name, track);
  }
  remove(name: string): void {
    this.#tracks.delete(name);
  }
  track(name: string): Promise<Track> {
    const track = this.#tracks.get(name);
    return track ? Promise.resolve(track) : Promise.reject(new LiteError(LiteErrorCode.notFound, `no track "${name}" in this broadcast`));
  }
  /** Ends every track with this error. */
  abort(error: LiteError): void {
    for (const track of this.#tracks.values()) track.abort(error);
  }
}
