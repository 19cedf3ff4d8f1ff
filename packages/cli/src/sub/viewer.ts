import { readCatalog } from "@moqscope/hang";
import { type Announcement, type Broadcast, type Clock, LiteError, LiteErrorCode, type Path, type Session } from "@moqscope/lite";
import { CliError, CliErrorCode } from "../error.ts";
import { sleep } from "../pub/pacer.ts";
import { type Chosen, chooseTracks } from "./choose.ts";
import type { GroupFate } from "./group-ledger.ts";
import { failureReason } from "./reason.ts";
import { SubscribeState } from "./report.ts";
import type { StartupClock } from "./startup-clock.ts";
import { TrackWatch } from "./track-watch.ts";

export interface ViewerOptions {
  readonly path: Path;
  readonly clock: Clock;
  readonly startup: StartupClock;
  readonly rendition?: string;
  readonly tracks?: readonly string[];
  readonly enter: (state: SubscribeState) => void;
  readonly onEnded: () => void;
  readonly onFailed: (error: Error) => void;
  readonly onFirstFrame: () => void;
  readonly onGroup?: (track: string, fate: GroupFate) => void;
}
/** A session to read from. */
interface Source {
  readonly session: Session;
  /** Reads from it no more. */
  leave(): void;
}
/** A broadcast that is not announced after this time is said not to be there. */
const announceGraceMs = 500;
/** How long tracks may take to their end after the announcement was taken back, which can overtake their last frames. */
const departureMs = 2000;
/** Pause before a track that was refused or cut off is asked for again. */
const retryMs = 500;
/** SUBSCRIBE priority of a track that was named without a catalog. */
const namedPriority = 128;

/** Follows one broadcast from session to session. */
export class Viewer {
  readonly #options: ViewerOptions;
  readonly #watches = new Map<string, TrackWatch>();
  readonly #closed = new AbortController();
  /** Ends what is being read of the present announcement. */
  #viewing: AbortController | undefined;
  #publisher: bigint | undefined;
  /** Whether the next subscription goes on where the last one was left. */
  #gapless = false;
  /** The session that is read: one that GOAWAY ended until the next one has the broadcast. */
  #source: Source | undefined;
  /** Names of what is wanted now; tracks of an earlier choice are only kept in the account. */
  #followed = new Set<string>();
  #cancelDeparture = () => {};
  constructor(options: ViewerOptions) {
    this.#options = options;
  }
  /** Every track that was read so far. */
  get watches(): Iterable<TrackWatch> {
    return this.#watches.values();
  }
  /** Follows the broadcast over this session until it ends. */
  watch(session: Session): void {
    this.#options.startup.connected();
    const over = new AbortController();
    void session.closed.then(() => {
      over.abort();
      if (this.#closed.signal.aborted || (this.#source && this.#source.session !== session)) return;
      this.#source = undefined;
      this.#stop("reconnect");
      this.#options.enter(SubscribeState.reconnecting);
    });
    const signal = AbortSignal.any([over.signal, this.#closed.signal]);
    const leave = (): void => over.abort();
    this.#announcements({ session, leave }, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#options.onFailed(asError(error));
    });
  }
  /** Stops reading. What is open stays open in the account. */
  close(): void {
    this.#closed.abort();
    this.#viewing?.abort();
    this.#cancelDeparture();
    for (const watch of this.#watches.values()) watch.leave();
  }
  async #announcements(source: Source, signal: AbortSignal): Promise<void> {
    const absent = () => {
      this.#options.startup.waiting();
      this.#options.enter(SubscribeState.waiting);
    };
    const cancel = this.#options.clock.after(announceGraceMs, absent);
    signal.addEventListener("abort", cancel, { once: true });
    for await (const announcement of source.session.announced(this.#options.path, { signal })) {
      if (announcement.path !== this.#options.path) continue;
      cancel();
      this.#cancelDeparture();
      if (announcement.kind === "active") this.#active(source, announcement.hops, signal);
      else this.#departing(absent);
    }
  }
  #departing(absent: () => void): void {
    this.#cancelDeparture = this.#options.clock.after(departureMs, () => {
      if (this.#finished()) return;
      this.#stop("broadcast ended");
      absent();
    });
  }
  #active(source: Source, hops: Extract<Announcement, { kind: "active" }>["hops"], signal: AbortSignal): void {
    const publisher = hops[0];
    const same = publisher === this.#publisher;
    const hasMoved = this.#source !== undefined && this.#source.session !== source.session;
    // A better route to the same publisher changes nothing for us.
    if (this.#viewing && same && !hasMoved) return;
    if (hasMoved) this.#source?.leave();
    this.#source = source;
    // The peer sent us on, and the old session was there until now: nothing has to be missing.
    this.#gapless = hasMoved && same;
    this.#stop(hasMoved ? "reconnect" : "broadcast ended");
    if (this.#publisher !== undefined && !same) for (const watch of this.#watches.values()) watch.restarted();
    this.#publisher = publisher;
    this.#options.startup.announced();
    this.#options.enter(SubscribeState.starting);
    const viewing = new AbortController();
    this.#viewing = viewing;
    void this.#view(source.session, AbortSignal.any([signal, viewing.signal]));
  }
  #stop(reason: string): void {
    this.#cancelDeparture();
    this.#viewing?.abort();
    this.#viewing = undefined;
    for (const watch of this.#watches.values()) if (!watch.ended) watch.interrupted(reason);
  }
  /** Reads the broadcast, again and again while it is announced. */
  async #view(session: Session, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#read(session.broadcast(this.#options.path), signal);
        if (!this.#finished()) continue;
        this.#options.onEnded();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof CliError) return this.#options.onFailed(error);
        const reason = error instanceof LiteError ? failureReason(error) : asError(error).message;
        for (const watch of this.#watches.values()) if (!watch.ended) watch.interrupted(reason);
      }
      // Rejects only when the reading is over anyway.
      await sleep(this.#options.clock, retryMs, signal).catch(() => undefined);
    }
  }
  /** Resolves when every track has ended; rejects when one is cut off. */
  async #read(broadcast: Broadcast, signal: AbortSignal): Promise<void> {
    const reading = new AbortController();
    const both = AbortSignal.any([signal, reading.signal]);
    const over = Promise.withResolvers<void>();
    const followed = new Set<string>();
    this.#followed = followed;
    const apply = (chosen: readonly Chosen[]) => {
      for (const name of followed) {
        if (chosen.some((track) => track.name === name)) continue;
        followed.delete(name);
        this.#watches.get(name)?.leave();
      }
      for (const track of chosen) {
        if (followed.has(track.name)) continue;
        followed.add(track.name);
        this.#follow(broadcast, track, both).then(
          () => this.#finished() && over.resolve(),
          (error: unknown) => over.reject(error),
        );
      }
    };
    try {
      await Promise.race([over.promise, this.#choose(broadcast, both, apply), aborted(both)]);
      await Promise.race([over.promise, aborted(both)]);
    } finally {
      reading.abort();
      for (const name of followed) this.#watches.get(name)?.leave();
      // A rejection that came second has been seen in the account of the track.
      over.promise.catch(() => undefined);
    }
  }
  async #choose(broadcast: Broadcast, signal: AbortSignal, apply: (chosen: readonly Chosen[]) => void): Promise<void> {
    const { tracks, rendition, startup } = this.#options;
    if (tracks && tracks.length > 0) return apply(tracks.map((name) => ({ name, priority: namedPriority })));
    for await (const catalog of readCatalog(broadcast, { signal })) {
      startup.catalog();
      apply(chooseTracks(catalog, rendition));
    }
  }
  async #follow(broadcast: Broadcast, chosen: Chosen, signal: AbortSignal): Promise<void> {
    const track = await broadcast.track(chosen.name, { signal }).catch((error: unknown) => {
      const { tracks, startup } = this.#options;
      const notFound = error instanceof LiteError && error.code === LiteErrorCode.notFound;
      if (!notFound || !tracks?.length || startup.started) throw error;
      throw new CliError(CliErrorCode.noRendition, `the broadcast has no track "${chosen.name}"`, { cause: error });
    });
    signal.throwIfAborted();
    const end = await this.#watch(chosen).follow(track, this.#gapless);
    if (end.kind === "aborted") throw end.error;
  }
  #watch({ name, priority }: Chosen): TrackWatch {
    const known = this.#watches.get(name);
    if (known) return known;
    const watch = new TrackWatch(name, {
      clock: this.#options.clock,
      wish: { priority, ordered: false, maxLatencyMs: 0 },
      onFate: (fate) => this.#options.onGroup?.(name, fate),
      onFrame: () => this.#frame(),
    });
    this.#watches.set(name, watch);
    return watch;
  }
  #frame(): void {
    const first = !this.#options.startup.started;
    this.#options.startup.frame();
    this.#options.enter(SubscribeState.receiving);
    if (first) this.#options.onFirstFrame();
  }
  #finished(): boolean {
    return this.#followed.size > 0 && [...this.#followed].every((name) => this.#watches.get(name)?.ended);
  }
}
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(asError(signal.reason));
    else signal.addEventListener("abort", () => reject(asError(signal.reason)), { once: true });
  });
}
function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
