/** The tracks of a node's figures (relay-behaviour §10.3): what it sends, what it receives, who is connected. */
export const statsTracks = ["publisher", "subscriber", "sessions"] as const;
export type StatsTrack = (typeof statsTracks)[number];

/** Whose figures a path below the prefix has: segments up to the first `node` are a group of broadcasts, what follows names the node (§10.2). */
export function nodeOf(suffix: string): string | undefined {
  const segments = suffix.split("/");
  const at = segments.indexOf("node");
  if (at < 0) return undefined;
  const node = segments.slice(at + 1).join("/");
  return node === "" ? "unnamed" : node;
}
