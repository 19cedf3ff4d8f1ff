import { type Clock, LocalBroadcast, systemClock, Track } from "@moqscope/lite";
import type { Recorder } from "@moqscope/telemetry";
import { catalogJson } from "../catalog/document.ts";
import { parseCatalog } from "../catalog/parse.ts";
import { type CaptureClock, captureClockExtension } from "../catalog/telemetry-key.ts";
import type { AudioConfig, Catalog, VideoCatalog, VideoConfig } from "../catalog/types.ts";
import { HangError, HangErrorCode } from "../error.ts";
import { CatalogProducer } from "./catalog-producer.ts";
import { MediaAccounts } from "./measure/media-accounts.ts";
import { type Grouping, MediaTrack, mediaTrackInfo } from "./media-track.ts";

export interface HangPublisherOptions {
  /** Shown size, rotation and mirroring of the picture. */
  readonly video?: Omit<VideoCatalog, "renditions">;
  /** Further keys of the catalog's root. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
  /** Told of every frame and group. */
  readonly recorder?: Recorder;
}

/** Makes a hang broadcast out of encoded frames: `broadcast` goes into an `Origin` under a path that ends in `.hang`. */
export class HangPublisher {
  readonly broadcast: LocalBroadcast = new LocalBroadcast();
  readonly #options: HangPublisherOptions;
  readonly #clock: Clock;
  readonly #catalog: CatalogProducer;
  readonly #video = new Map<string, VideoConfig>();
  readonly #audio = new Map<string, AudioConfig>();
  readonly #tracks = new Map<string, MediaTrack>();
  #captureClock: CaptureClock | undefined;
  #closed = false;
  #scheduled = false;
  constructor(options: HangPublisherOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#catalog = new CatalogProducer(this.#clock);
    this.broadcast.add(this.#catalog.track);
  }
  /** What is announced now. */
  get catalog(): Omit<Catalog, "skipped"> {
    return {
      ...(this.#video.size > 0 ? { video: { renditions: new Map(this.#video), ...this.#options.video } } : {}),
      ...(this.#audio.size > 0 ? { audio: { renditions: new Map(this.#audio) } } : {}),
      extensions: { ...this.#options.extensions, ...(this.#captureClock ? captureClockExtension(this.#captureClock) : {}) },
    };
  }
  /** When media time 0 was captured, which the catalog tells: viewers know their latency by it. */
  get captureClock(): CaptureClock | undefined {
    return this.#captureClock;
  }
  set captureClock(captureClock: CaptureClock | undefined) {
    this.#captureClock = captureClock;
    this.#announce();
  }
  /**
   * Adds a video rendition: a group per keyframe. Additions of one turn of the event loop become one catalog.
   * @throws HangError `publish_invalid` if the name is taken or the publisher closed, `catalog_invalid` on a field that players would refuse.
   */
  addVideo(name: string, config: VideoConfig): MediaTrack {
    parseCatalog({ video: { renditions: { [name]: config } } });
    const track = this.#add(name, "keyframe", { media: "video", codec: config.codec });
    this.#video.set(name, { container: { kind: "legacy" }, ...config });
    return track;
  }
  /** Adds an audio rendition: a group per frame. Throws as `addVideo` does. */
  addAudio(name: string, config: AudioConfig): MediaTrack {
    parseCatalog({ audio: { renditions: { [name]: config } } });
    const track = this.#add(name, "frame", { media: "audio", codec: config.codec });
    this.#audio.set(name, { container: { kind: "legacy" }, ...config });
    return track;
  }
  /** Ends one rendition and takes it out of the catalog. */
  remove(name: string): void {
    const track = this.#tracks.get(name);
    if (!track) return;
    this.#tracks.delete(name);
    this.#video.delete(name);
    this.#audio.delete(name);
    this.#announce();
    track.close();
    this.broadcast.remove(name);
  }
  /** Ends every track and the catalog. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    for (const track of this.#tracks.values()) track.close();
    this.#catalog.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
  #add(name: string, grouping: Grouping, about: { readonly media: "audio" | "video"; readonly codec: string }): MediaTrack {
    if (this.#closed) throw new HangError(HangErrorCode.publishInvalid, `track "${name}" comes after the publisher was closed`);
    if (this.broadcast.tracks.has(name)) throw new HangError(HangErrorCode.publishInvalid, `track "${name}" is there already`);
    const track = new Track({ name, info: mediaTrackInfo, clock: this.#clock });
    const { recorder } = this.#options;
    const media = new MediaTrack(track, grouping, recorder && new MediaAccounts(recorder, { clock: this.#clock, ...about }));
    this.#tracks.set(name, media);
    this.broadcast.add(track);
    this.#announce();
    return media;
  }
  #announce(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flush());
  }
  #flush(): void {
    this.#scheduled = false;
    if (!this.#closed) this.#catalog.update(this.catalog);
  }
}

/** The JSON document that a publisher announces now, for people to read. */
export function describeCatalog(publisher: HangPublisher): Record<string, unknown> {
  return catalogJson(publisher.catalog);
}
