import type { AudioConfig, VideoConfig } from "@moqscope/hang";
import type { InputAudioTrack, InputVideoTrack } from "mediabunny";
import type { TrackScan } from "./scan.ts";

/** Codecs that WebCodecs decodes in at least one browser. */
const playableVideo: ReadonlySet<string> = new Set(["avc", "hevc", "vp8", "vp9", "av1"]);
const playableAudio: ReadonlySet<string> = new Set(["aac", "opus", "mp3", "flac", "vorbis"]);
/** Sample entries of encrypted tracks (ISO/IEC 14496-12 § 8.12). */
const encryptedEntries: ReadonlySet<unknown> = new Set(["encv", "enca"]);

/** Why this track cannot be published, or `undefined` if it can. */
export async function refusal(track: InputVideoTrack | InputAudioTrack): Promise<string | undefined> {
  const inside = await track.getInternalCodecId();
  if (encryptedEntries.has(inside)) return "it is encrypted";
  const codec = await track.getCodec();
  if (codec === null) return `its codec ${typeof inside === "string" ? `"${inside}" ` : ""}is unknown`;
  const playable = track.isVideoTrack() ? playableVideo : playableAudio;
  return playable.has(codec) ? undefined : `no browser decodes ${codec}`;
}

/** The catalog entry of a video track. Whole numbers where players refuse fractions (hang draft § Catalog). */
export async function videoConfig(track: InputVideoTrack, scan: TrackScan): Promise<VideoConfig | undefined> {
  const decoder = await track.getDecoderConfig();
  if (!decoder) return undefined;
  const aspect = await track.getPixelAspectRatio();
  const { bestGuessFrameRate } = await track.computeFrameRateMetrics();
  return {
    codec: decoder.codec,
    ...describe(decoder.description),
    codedWidth: await track.getCodedWidth(),
    codedHeight: await track.getCodedHeight(),
    ...(aspect.num === aspect.den
      ? {}
      : {
          displayAspectWidth: Math.round(await track.getSquarePixelWidth()),
          displayAspectHeight: Math.round(await track.getSquarePixelHeight()),
        }),
    framerate: bestGuessFrameRate,
    bitrate: scan.bitrate,
    jitter: scan.jitterMs,
  };
}
/** The catalog entry of an audio track. */
export async function audioConfig(track: InputAudioTrack, scan: TrackScan): Promise<AudioConfig | undefined> {
  const decoder = await track.getDecoderConfig();
  if (!decoder) return undefined;
  // Opus in one or two channels needs no description, and released publishers give none.
  const plain = decoder.codec === "opus" && decoder.numberOfChannels <= 2;
  return {
    codec: decoder.codec,
    ...(plain ? {} : describe(decoder.description)),
    sampleRate: decoder.sampleRate,
    numberOfChannels: decoder.numberOfChannels,
    bitrate: scan.bitrate,
    jitter: scan.jitterMs,
  };
}
function describe(description: ArrayBufferLike | ArrayBufferView | undefined): { readonly description?: string } {
  if (!description) return {};
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return { description: Buffer.from(bytes).toString("hex") };
}
