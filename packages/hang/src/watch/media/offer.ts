import { type AudioConfig, type Catalog, containerRefusal, type VideoConfig } from "../../catalog/types.ts";
import { HangError, HangErrorCode } from "../../error.ts";
import { audioDecoderConfig, videoDecoderConfig } from "./configs.ts";
import type { MediaPlatform } from "./platform.ts";

/** What of a broadcast's catalogs can be played here, and what was left out and why. */
export class Offer {
  readonly #platform: MediaPlatform;
  readonly #flawed: (error: HangError) => void;
  readonly #refused = new Set<string>();
  #catalog: Catalog | undefined;
  constructor(platform: MediaPlatform, flawed: (error: HangError) => void) {
    this.#platform = platform;
    this.#flawed = flawed;
  }
  /** Asks the browser about every rendition of this catalog. */
  async take(catalog: Catalog): Promise<void> {
    this.#catalog = catalog;
    for (const { track, reason } of catalog.skipped) this.refuse(track, reason);
    const video = [...(catalog.video?.renditions ?? [])].map(([name, config]) =>
      this.#probe(name, config, () => this.#platform.supportsVideo(videoDecoderConfig(config))),
    );
    const audio = [...(catalog.audio?.renditions ?? [])].map(([name, config]) =>
      this.#probe(name, config, () => this.#platform.supportsAudio(audioDecoderConfig(config))),
    );
    await Promise.all([...video, ...audio]);
  }
  refuse(name: string, reason: string): void {
    if (this.#refused.has(name)) return;
    this.#refused.add(name);
    this.#flawed(new HangError(HangErrorCode.codecUnsupported, `track "${name}" is left out: ${reason}`));
  }
  get video(): ReadonlyMap<string, VideoConfig> {
    return this.#left(this.#catalog?.video?.renditions);
  }
  get audio(): ReadonlyMap<string, AudioConfig> {
    return this.#left(this.#catalog?.audio?.renditions);
  }
  /** Why nothing plays. An empty catalog is no failure: its publisher has not begun. */
  get failure(): HangError | undefined {
    if (!this.#catalog || this.video.size > 0 || this.audio.size > 0) return undefined;
    const { video, audio, skipped } = this.#catalog;
    const named = (video?.renditions.size ?? 0) + (audio?.renditions.size ?? 0) + skipped.length;
    return named > 0 ? new HangError(HangErrorCode.codecUnsupported, `none of the ${named} renditions can be played here`) : undefined;
  }
  #left<T>(renditions: ReadonlyMap<string, T> | undefined): ReadonlyMap<string, T> {
    return new Map([...(renditions ?? [])].filter(([name]) => !this.#refused.has(name)));
  }
  async #probe(name: string, config: VideoConfig | AudioConfig, supported: () => Promise<boolean>): Promise<void> {
    const refusal = containerRefusal(config.container);
    if (refusal) this.refuse(name, refusal);
    else if (!(await supported())) this.refuse(name, `this browser does not decode ${config.codec}`);
  }
}
