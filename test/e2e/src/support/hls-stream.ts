import { samplePath } from "@moqscope/cli";
import {
  ALL_FORMATS,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  Input,
  Mp4OutputFormat,
  NullTarget,
  Output,
} from "mediabunny";

/** A small HLS stream (RFC 8216) in fragmented MP4: files by name. */
export interface HlsStream {
  readonly files: ReadonlyMap<string, { readonly type: string; readonly body: Uint8Array | string }>;
  /** Names of the media segments, in order. */
  readonly segments: readonly string[];
  /** BANDWIDTH that the playlist declares, bit/s. */
  readonly bandwidth: number;
  readonly seconds: number;
}

/** The first seconds of the sample's small picture, without coding it anew, in segments of `segmentSeconds`. */
export async function hlsStream(seconds: number, segmentSeconds: number): Promise<HlsStream> {
  const input = new Input({ source: new FilePathSource(samplePath), formats: ALL_FORMATS });
  const track = (await input.getVideoTracks()).find(({ codedHeight }) => codedHeight === 360);
  const config = await track?.getDecoderConfig();
  if (track === undefined || config == null || track.codec === null) throw new Error("the sample has no picture of 360 lines");

  let init: Uint8Array[] = [];
  const parts: Uint8Array[][] = [];
  const format = new Mp4OutputFormat({
    fastStart: "fragmented",
    minimumFragmentDuration: segmentSeconds,
    onFtyp: (data) => void (init = [data.slice()]),
    onMoov: (data) => void init.push(data.slice()),
    onMoof: (data) => void parts.push([data.slice()]),
    onMdat: (data) => void parts.at(-1)?.push(data.slice()),
  });
  const output = new Output({ format, target: new NullTarget() });
  const source = new EncodedVideoPacketSource(track.codec);
  output.addVideoTrack(source);
  await output.start();
  for await (const packet of new EncodedPacketSink(track).packets()) {
    if (packet.timestamp >= seconds) break;
    await source.add(packet, { decoderConfig: config });
  }
  await output.finalize();

  const bandwidth = 640_000;
  const segments = parts.map((_, at) => `segment-${at}.m4s`);
  const media = [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    `#EXT-X-TARGETDURATION:${segmentSeconds}`,
    "#EXT-X-PLAYLIST-TYPE:VOD",
    '#EXT-X-MAP:URI="init.mp4"',
    ...segments.flatMap((name) => [`#EXTINF:${segmentSeconds},`, name]),
    "#EXT-X-ENDLIST",
  ].join("\n");
  const main = ["#EXTM3U", `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},RESOLUTION=640x360,CODECS="${config.codec}"`, "media.m3u8"].join("\n");
  const playlist = "application/vnd.apple.mpegurl";
  const files = new Map<string, { type: string; body: Uint8Array | string }>([
    ["main.m3u8", { type: playlist, body: main }],
    ["media.m3u8", { type: playlist, body: media }],
    ["init.mp4", { type: "video/mp4", body: Buffer.concat(init) }],
    ...parts.map((part, at) => [segments[at] ?? "", { type: "video/mp4", body: Buffer.concat(part) }] as const),
  ]);
  return { files, segments, bandwidth, seconds };
}
