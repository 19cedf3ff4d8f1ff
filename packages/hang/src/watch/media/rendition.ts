import type { VideoConfig } from "../../catalog/types.ts";

/** Which video rendition to show: the one asked for, else the smallest that fills the element, else the largest. */
export function chooseRendition(
  renditions: ReadonlyMap<string, VideoConfig>,
  wish: { readonly name?: string | undefined; readonly heightPx?: number | undefined },
): string | undefined {
  if (wish.name !== undefined && renditions.has(wish.name)) return wish.name;
  const sorted = [...renditions].sort(([, a], [, b]) => pixels(a) - pixels(b) || (a.bitrate ?? 0) - (b.bitrate ?? 0));
  const { heightPx } = wish;
  // A picture may be stretched by a tenth before the next size up is worth its bytes.
  const filling = heightPx === undefined ? undefined : sorted.find(([, config]) => (config.codedHeight ?? 0) * 1.1 >= heightPx);
  return (filling ?? sorted.at(-1))?.[0];
}
function pixels({ codedWidth, codedHeight }: VideoConfig): number {
  return (codedWidth ?? 0) * (codedHeight ?? 0);
}

/** Up or down, by size and then by bitrate. */
export function switchDirection(from: VideoConfig, to: VideoConfig): "up" | "down" {
  const larger = pixels(to) - pixels(from) || (to.bitrate ?? 0) - (from.bitrate ?? 0);
  return larger >= 0 ? "up" : "down";
}
