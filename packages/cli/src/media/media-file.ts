import { stat } from "node:fs/promises";
import type { AudioConfig, VideoCatalog, VideoConfig } from "@moqscope/hang";
import {
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputTrack,
  type InputVideoTrack,
  Logging,
  LogLevel,
  MATROSKA,
  MP4,
  QTFF,
  WEBM,
} from "mediabunny";
import { CliError, CliErrorCode } from "../error.ts";
import { audioConfig, refusal, videoConfig } from "./config.ts";
import { type MediaPacket, repeat, type TimedPacket, withSendTimes } from "./packet.ts";
import { scanTrack, type TrackScan } from "./scan.ts";

export type SourceConfig =
  | { readonly kind: "video"; readonly config: VideoConfig }
  | { readonly kind: "audio"; readonly config: AudioConfig };
/** A track that can be published. */
export type SourceTrack = SourceConfig & {
  /** Its name in the catalog, such as `video/720p` or `audio/data`. */
  readonly name: string;
  /** Its packets in decode order, without end when looping. */
  packets(loop: boolean): AsyncIterable<TimedPacket>;
};
export interface SkippedTrack {
  readonly track: string;
  readonly reason: string;
}
/** An opened MP4 or WebM file. */
export interface MediaFile {
  readonly tracks: readonly SourceTrack[];
  /** Tracks that are not published, and why. */
  readonly skipped: readonly SkippedTrack[];
  /** Shown size, rotation and mirroring of the largest picture. */
  readonly picture: Omit<VideoCatalog, "renditions"> | undefined;
  /** Length of one round: the longest track. */
  readonly periodUs: number;
  close(): void;
}
interface Found {
  readonly input: InputTrack;
  readonly scan: TrackScan;
  readonly source: SourceConfig;
}

/**
 * Opens an MP4, MOV, WebM or Matroska file and looks at its tracks.
 * @throws CliError `file_not_found`, or `not_media` if nothing in it can be published.
 */
export async function openMedia(path: string): Promise<MediaFile> {
  await mustBeFile(path);
  Logging.level = LogLevel.Silent;
  const skipped: SkippedTrack[] = [];
  // A track whose packing the parser does not know (encrypted Matroska) is left out of its list, and only its log tells.
  const forget = Logging.on("warn", (words) => {
    const reason = words.join(" ");
    if (reason.includes("dropping")) skipped.push({ track: "a track", reason });
  });
  const input = new Input({ formats: [MP4, QTFF, WEBM, MATROSKA], source: new FilePathSource(path) });
  try {
    if (!(await input.canRead())) throw new CliError(CliErrorCode.notMedia, `"${path}" is neither an MP4 nor a WebM file`);
    const found = await findTracks(input, skipped);
    if (found.length === 0) {
      const reasons = skipped.map(({ track, reason }) => `${track}: ${reason}`).join("; ") || "it has no tracks";
      throw new CliError(CliErrorCode.notMedia, `"${path}" holds nothing that a browser could decode (${reasons})`);
    }
    return await describe(input, found, skipped);
  } catch (error) {
    input.dispose();
    if (error instanceof CliError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new CliError(CliErrorCode.notMedia, `"${path}" cannot be read as media: ${words}`, { cause: error });
  } finally {
    forget();
  }
}
async function mustBeFile(path: string): Promise<void> {
  const about = await stat(path).catch((cause: unknown) => {
    throw new CliError(CliErrorCode.fileNotFound, `no file "${path}"`, { cause });
  });
  if (!about.isFile()) throw new CliError(CliErrorCode.fileNotFound, `"${path}" is not a file`);
}
async function findTracks(input: Input, skipped: SkippedTrack[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const track of await input.getTracks()) {
    if (!track.isVideoTrack() && !track.isAudioTrack()) continue;
    const label = `${track.type} track ${track.number}`;
    const why = await refusal(track);
    const scan = why === undefined ? await scanTrack(track) : undefined;
    const source = scan && (await configure(track, scan));
    if (scan && source) found.push({ input: track, scan, source });
    else skipped.push({ track: label, reason: why ?? "it holds no frame" });
  }
  return found;
}
async function configure(track: InputTrack, scan: TrackScan): Promise<SourceConfig | undefined> {
  if (track.isVideoTrack()) {
    const config = await videoConfig(track, scan);
    return config && { kind: "video", config };
  }
  if (!track.isAudioTrack()) return undefined;
  const config = await audioConfig(track, scan);
  return config && { kind: "audio", config };
}
async function describe(input: Input, found: readonly Found[], skipped: readonly SkippedTrack[]): Promise<MediaFile> {
  const zeroUs = Math.min(...found.map(({ scan }) => scan.firstUs));
  const periodUs = Math.max(...(await Promise.all(found.map(lengthUs))));
  const taken = new Set<string>();
  const tracks = found.map(({ input: track, source }): SourceTrack => {
    const name = unique(source.kind === "video" ? `video/${source.config.codedHeight}p` : "audio/data", taken);
    return { ...source, name, packets: (loop) => withSendTimes(repeat(() => packetsOf(track, zeroUs), { periodUs, loop })) };
  });
  return { tracks, skipped, picture: await pictureOf(found), periodUs, close: () => input.dispose() };
}
/** Microseconds from the first frame's beginning to the last one's end. */
async function lengthUs({ input, scan }: Found): Promise<number> {
  const last = await new EncodedPacketSink(input).getPacket(Number.POSITIVE_INFINITY, { metadataOnly: true });
  if (!last) return Math.round(scan.stepUs);
  // A last frame of sound is often cut short in the file, but still decodes to its full length: the next round must not overlap it.
  // In units of the file: a duration between them would leave a gap at the seam.
  const unitUs = 1_000_000 / (await input.getTimeResolution());
  const lengthUs = last.microsecondTimestamp + Math.max(last.microsecondDuration, scan.stepUs) - scan.firstUs;
  return Math.round(Math.round(lengthUs / unitUs) * unitUs);
}
async function pictureOf(found: readonly Found[]): Promise<Omit<VideoCatalog, "renditions"> | undefined> {
  const videos = found.map(({ input }) => input).filter((track): track is InputVideoTrack => track.isVideoTrack());
  let largest: { readonly track: InputVideoTrack; readonly width: number; readonly height: number } | undefined;
  for (const track of videos) {
    const [width, height] = [await track.getSquarePixelWidth(), await track.getSquarePixelHeight()].map(Math.round);
    if (width && height && (!largest || width * height > largest.width * largest.height)) largest = { track, width, height };
  }
  if (!largest) return undefined;
  const [rotation, flip] = [await largest.track.getRotation(), await largest.track.getFlip()];
  const { width, height } = largest;
  return { display: { width, height }, ...(rotation === 0 ? {} : { rotation }), ...(flip ? { flip } : {}) };
}
/** From the first real keyframe on, counted from the file's first frame. */
async function* packetsOf(track: InputTrack, zeroUs: number): AsyncGenerator<MediaPacket, void, undefined> {
  const verify = { verifyKeyPackets: track.isVideoTrack() };
  const sink = new EncodedPacketSink(track);
  const first = await sink.getFirstKeyPacket(verify);
  if (!first) return;
  for await (const packet of sink.packets(first, undefined, verify)) {
    const timestampUs = Math.max(0, packet.microsecondTimestamp - zeroUs);
    yield { timestampUs, keyframe: !track.isVideoTrack() || packet.type === "key", payload: packet.data };
  }
}
function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  taken.add(free);
  return free;
}
