const codecPrefixes = [
  ["av01", "av1"],
  ["avc", "avc"],
  ["hev", "hevc"],
  ["hvc", "hevc"],
  ["vp8", "vp8"],
  ["vp09", "vp9"],
  ["vp9", "vp9"],
  ["mp4a", "aac"],
  ["opus", "opus"],
  ["pcm", "pcm"],
] as const;
export type CodecLabel = (typeof codecPrefixes)[number][1] | "other";
/** The codec family, as metrics name it. */
export function codecLabel(codec: string): CodecLabel {
  return codecPrefixes.find(([prefix]) => codec.startsWith(prefix))?.[1] ?? "other";
}
