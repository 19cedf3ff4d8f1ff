import type { AudioConfig, VideoConfig } from "../../catalog/types.ts";
import { hexBytes } from "./platform.ts";

/** What WebCodecs is told of a video rendition. */
export function videoDecoderConfig(config: VideoConfig): VideoDecoderConfig {
  const { codec, codedWidth, codedHeight, displayAspectWidth, displayAspectHeight, description } = config;
  return {
    codec,
    optimizeForLatency: config.optimizeForLatency ?? true,
    ...(codedWidth && codedHeight ? { codedWidth, codedHeight } : {}),
    ...(displayAspectWidth && displayAspectHeight ? { displayAspectWidth, displayAspectHeight } : {}),
    ...(description ? { description: hexBytes(description) } : {}),
  };
}
/** What WebCodecs is told of an audio rendition; an Opus description is left out, as other players do. */
export function audioDecoderConfig(config: AudioConfig): AudioDecoderConfig {
  const { codec, sampleRate, numberOfChannels, description } = config;
  return { codec, sampleRate, numberOfChannels, ...(description && codec !== "opus" ? { description: hexBytes(description) } : {}) };
}

const heights = [240, 360, 480, 720, 1080, 1440, 2160] as const;
export type RenditionLabel = `${(typeof heights)[number]}` | "other";
/** Coded height rounded up to a usual one, as metrics name it. */
export function renditionLabel(config: VideoConfig): RenditionLabel {
  const { codedHeight } = config;
  const height = codedHeight === undefined ? undefined : heights.find((usual) => codedHeight <= usual);
  return height === undefined ? "other" : `${height}`;
}
