import { LiteError, LiteErrorCode } from "../error.ts";
import type { Broadcast } from "../model/broadcast.ts";
import type { FetchGroup } from "../model/fetches.ts";
import type { Path } from "../model/path.ts";
import { defaultTrackInfo, defaultWish, Track, type TrackInfo, type Wish } from "../model/track.ts";
import { ControlPriority } from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import { encodeMessage } from "../wire/codec.ts";
import { BidiType } from "../wire/stream-type.ts";
import { TrackInfoMessage, TrackRequest } from "../wire/track.ts";
import { hasTrackInfo } from "../wire/version.ts";
import type { Context } from "./context.ts";
import { deadline, withSignal } from "./deadline.ts";
import { abandon, isMalformed, toLiteError } from "./errors.ts";
import { fetchGroup } from "./fetch.ts";
import { peerError } from "./peer-error.ts";
import { StreamReader } from "./stream-reader.ts";
import type { Subscription } from "./subscription.ts";

/** Starts a subscription at the peer. */
export type StartSubscription = (options: {
  readonly path: Path;
  readonly track: Track;
  readonly wish: Wish;
  readonly trackMs: number;
  readonly over: () => void;
}) => Subscription;

/** A broadcast of the peer: tracks are asked for by name and subscribed to while somebody reads them. */
export class RemoteBroadcast implements Broadcast {
  readonly path: Path;
  readonly #context: Context;
  readonly #subscribe: StartSubscription;
  readonly #unused: () => void;
  readonly #tracks = new Map<string, Promise<Track>>();
  /** Cancels what waits for tracks to be forgotten. */
  readonly #keeps = new Set<() => void>();
  #over = false;
  /** `unused` is told when no track is left. */
  constructor(context: Context, path: Path, hooks: { readonly subscribe: StartSubscription; readonly unused: () => void }) {
    this.#context = context;
    this.path = path;
    this.#subscribe = hooks.subscribe;
    this.#unused = hooks.unused;
  }
  /** Whether no track is held. */
  get idle(): boolean {
    return this.#tracks.size === 0;
  }
  track(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Track> {
    let track = this.#tracks.get(name);
    if (!track) {
      track = this.#load(name);
      this.#tracks.set(name, track);
      const asked = track;
      track.catch(() => this.#forget(name, asked)); // Whoever asked is told by the same promise.
    }
    return withSignal(track, options.signal);
  }
  /** What was known of its tracks does not hold any more: those who ask from now on have the peer asked again. */
  renew(): void {
    this.#tracks.clear();
    this.end();
    this.#unused();
  }
  /** Nothing is waited for any more: the session is over, or asks elsewhere. */
  end(): void {
    this.#over = true;
    for (const cancel of this.#keeps) cancel();
    this.#keeps.clear();
  }
  async #load(name: string): Promise<Track> {
    const { clock, negotiated } = this.#context;
    const askedMs = clock.now();
    await negotiated;
    const info = hasTrackInfo(this.#context.version) ? await this.#ask(name) : defaultTrackInfo;
    return this.#follow(name, info, clock.now() - askedMs);
  }
  #follow(name: string, info: TrackInfo, trackMs: number): Track {
    const { clock, limits } = this.#context;
    let subscription: Subscription | undefined;
    let cancelKeep = (): void => {};
    const forget = (): void => {
      cancelKeep();
      const known = this.#tracks.get(name);
      void known?.then((other) => other === track && this.#forget(name, known));
    };
    const keep = (): void => {
      cancelKeep();
      if (this.#over) return;
      const cancel = clock.after(limits.trackKeepMs, forget);
      this.#keeps.add(cancel);
      cancelKeep = () => {
        this.#keeps.delete(cancel);
        cancel();
      };
    };
    const onDemand = (wish: Wish | undefined): void => {
      cancelKeep();
      if (wish && subscription) return subscription.update(wish);
      if (wish) {
        const over = (): void => {
          subscription = undefined;
          keep();
          if (track.ended) forget();
        };
        subscription = this.#subscribe({ path: this.path, track, wish, trackMs, over });
        return;
      }
      subscription?.close();
      if (track.ended) return forget();
      track.clear(new LiteError(LiteErrorCode.cancelled, `track "${name}" is no longer followed`));
      keep();
    };
    const onFetch: FetchGroup = (group, options) =>
      fetchGroup(this.#context, { broadcast: this.path, track: name, priority: defaultWish.priority, group }, options);
    const track = new Track({
      name,
      info: { ...info, maxLatencyMs: Math.min(info.maxLatencyMs, maxKeepMs) },
      clock,
      cacheBytes: limits.trackCacheBytes,
      onDemand,
      onFetch,
    });
    keep();
    return track;
  }
  async #ask(name: string): Promise<TrackInfo> {
    const { transport, clock, limits, fail } = this.#context;
    const what = `track "${name}" of "${this.path}"`;
    const limit = deadline(clock, limits.answerMs, { what });
    try {
      const stream = await transport.openBidi({ priority: ControlPriority, signal: limit.signal });
      try {
        stream.send.write(Uint8Array.of(BidiType.track), encodeMessage(TrackRequest, { broadcast: this.path, track: name }));
        const info = await withSignal(new StreamReader(stream.receive).expect(TrackInfoMessage), limit.signal);
        stream.send.finish();
        stream.receive.stop(WireCode.cancel);
        return info;
      } catch (error) {
        abandon(stream, error);
        throw error;
      }
    } catch (cause) {
      const error = toLiteError(cause);
      if (isMalformed(error)) fail(error);
      throw peerError(error, what);
    } finally {
      limit.cancel();
    }
  }
  #forget(name: string, known: Promise<Track>): void {
    if (this.#tracks.get(name) !== known) return;
    this.#tracks.delete(name);
    if (this.idle) this.#unused();
  }
}

/** A peer cannot make us keep older groups longer than this, milliseconds. */
const maxKeepMs = 60_000;
