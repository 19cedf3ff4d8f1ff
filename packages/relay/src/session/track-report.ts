import type { Origin, Path } from "@moqscope/lite";

/** One track that is read through the relay, as the admin listener shows it (`/tracks`). */
export interface TrackReport {
  readonly broadcast: Path;
  readonly track: string;
  /** Subscriptions that share it. */
  readonly readers: number;
  /** Sequence of the latest group; `null` before the first one. */
  readonly latest: number | null;
  readonly cachedGroups: number;
  readonly cachedBytes: number;
  readonly ended: boolean;
  /** What readers together ask of the source; `null` while nobody reads. */
  readonly demand: { readonly priority: number; readonly ordered: boolean; readonly maxLatencyMs: number } | null;
}

/** What is cached, as the admin listener shows it (`/cache`). */
export interface CacheReport {
  readonly bytes: number;
  readonly groups: number;
  readonly tracks: number;
  readonly limits: { readonly bytes: number; readonly bytesPerTrack: number; readonly maxAgeMs: number };
  readonly broadcasts: readonly { readonly broadcast: Path; readonly tracks: number; readonly groups: number; readonly bytes: number }[];
}

/** Every track that is read. */
export function* trackReports(origin: Origin): IterableIterator<TrackReport> {
  for (const [broadcast, track] of origin.tracks()) {
    const { demand } = track;
    yield {
      broadcast,
      track: track.name,
      readers: track.readers,
      latest: track.latest?.sequence ?? null,
      cachedGroups: track.cachedGroups,
      cachedBytes: track.cachedBytes,
      ended: track.ended,
      demand: demand ? { priority: demand.priority, ordered: demand.ordered, maxLatencyMs: demand.maxLatencyMs } : null,
    };
  }
}

/** The cache as a whole and by broadcast, the largest first. */
export function cacheReport(origin: Origin, limits: CacheReport["limits"]): CacheReport {
  const byPath = new Map<Path, { tracks: number; groups: number; bytes: number }>();
  for (const { broadcast, cachedGroups, cachedBytes } of trackReports(origin)) {
    const sum = byPath.get(broadcast) ?? { tracks: 0, groups: 0, bytes: 0 };
    byPath.set(broadcast, { tracks: sum.tracks + 1, groups: sum.groups + cachedGroups, bytes: sum.bytes + cachedBytes });
  }
  const broadcasts = [...byPath].map(([broadcast, held]) => ({ broadcast, ...held })).toSorted((a, b) => b.bytes - a.bytes);
  const total = (of: "tracks" | "groups"): number => broadcasts.reduce((sum, each) => sum + each[of], 0);
  return { bytes: origin.cachedBytes, groups: total("groups"), tracks: total("tracks"), limits, broadcasts };
}
