import { type Catalog, containerRefusal, TrackPriority, type VideoConfig } from "@moqscope/hang";
import { CliError, CliErrorCode } from "../error.ts";

/** A track to read with its SUBSCRIBE priority. */
export interface Chosen {
  readonly name: string;
  readonly priority: number;
}

/**
 * The tracks a viewer reads: the rendition asked for, else the one with the most pixels, then the highest bitrate, and the first
 * audio. With `rendition` `none` only the audio.
 * @throws CliError `no_rendition`, naming what there is.
 */
export function chooseTracks(catalog: Catalog, rendition?: string): readonly Chosen[] {
  const videos = [...(catalog.video?.renditions ?? [])].filter(([, config]) => !containerRefusal(config.container));
  const audios = [...(catalog.audio?.renditions ?? [])].filter(([, config]) => !containerRefusal(config.container));
  const video = rendition === undefined ? largest(videos) : videos.find(([name]) => name === rendition)?.[0];
  if (rendition !== undefined && rendition !== "none" && video === undefined) {
    const names = videos.map(([name]) => name).join(", ") || "no video at all";
    throw new CliError(CliErrorCode.noRendition, `no rendition "${rendition}" in the catalog; there is ${names}`);
  }
  const audio = audios[0]?.[0];
  return [
    ...(video === undefined ? [] : [{ name: video, priority: TrackPriority.video }]),
    ...(audio === undefined ? [] : [{ name: audio, priority: TrackPriority.audio }]),
  ];
}
function largest(videos: readonly (readonly [string, VideoConfig])[]): string | undefined {
  const size = ({ codedWidth = 0, codedHeight = 0 }: VideoConfig) => codedWidth * codedHeight;
  return videos.toSorted(([, a], [, b]) => size(b) - size(a) || (b.bitrate ?? 0) - (a.bitrate ?? 0))[0]?.[0];
}
