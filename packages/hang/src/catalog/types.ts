/** How a frame's payload is laid out (hang draft § Container). Only `legacy` is played and published yet. */
export type Container =
  | { readonly kind: "legacy" }
  | { readonly kind: "loc" }
  /** `init`: base64 of ftyp and moov. */
  | { readonly kind: "cmaf"; readonly init: string };

interface RenditionConfig {
  /** WebCodecs codec string, such as `vp09.00.31.08` or `opus`. */
  readonly codec: string;
  /** Absent in JSON means legacy. */
  readonly container?: Container;
  /** Codec configuration (avcC, hvcC, OpusHead …) as hex. */
  readonly description?: string;
  /** Bits per second. */
  readonly bitrate?: number;
  /** Largest delay between "frame ready" and "flushed", in milliseconds. */
  readonly jitter?: number;
  /** Relative path of the broadcast that holds the track; never written, because its meaning differs between player generations. */
  readonly broadcast?: string;
}
export interface VideoConfig extends RenditionConfig {
  /** Pixels. */
  readonly codedWidth?: number;
  readonly codedHeight?: number;
  readonly displayAspectWidth?: number;
  readonly displayAspectHeight?: number;
  /** Frames per second. */
  readonly framerate?: number;
  readonly optimizeForLatency?: boolean;
}
export interface AudioConfig extends RenditionConfig {
  /** Hertz. */
  readonly sampleRate: number;
  readonly numberOfChannels: number;
}
export interface VideoCatalog {
  /** Track name to configuration, in the order of the catalog. */
  readonly renditions: ReadonlyMap<string, VideoConfig>;
  /** Shown size in pixels. */
  readonly display?: { readonly width: number; readonly height: number };
  /** Degrees, clockwise. */
  readonly rotation?: number;
  /** Mirrored left to right. */
  readonly flip?: boolean;
}
export interface AudioCatalog {
  readonly renditions: ReadonlyMap<string, AudioConfig>;
}
/** A rendition that is in the catalog and cannot be used, with the reason in words. */
export interface SkippedRendition {
  readonly track: string;
  readonly reason: string;
}
/** What a broadcast offers (hang draft § Catalog). */
export interface Catalog {
  readonly video?: VideoCatalog;
  readonly audio?: AudioCatalog;
  /** Keys of the root that this package does not know. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly skipped: readonly SkippedRendition[];
}

/** Name of the catalog track. */
export const catalogTrackName = "catalog.json";
/** SUBSCRIBE priorities, larger first: a catalog is small and everything waits for it, and sound forgives less than picture. */
export const TrackPriority = { catalog: 100, audio: 80, video: 60 } as const;
/** Why this package cannot play what the catalog names, or `undefined` if it can. */
export function containerRefusal(container: Container | undefined): string | undefined {
  if (!container || container.kind === "legacy") return undefined;
  return `container "${container.kind}" is known but not played yet; only "legacy" is`;
}
