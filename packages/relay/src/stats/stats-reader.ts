import { type Broadcast, defaultWish, type Group, LiteError, LiteErrorCode, readFrames, readGroups, type Track } from "@moqscope/lite";
import { GroupInflater } from "./group-inflater.ts";
import { applyPatch, type Entries, readSnapshot } from "./stats-frame.ts";
import type { StatsTrack } from "./stats-path.ts";

/** Told what a track says, and what of it cannot be read. */
export interface StatsListener {
  entries(entries: Entries): void;
  unreadable(error: unknown): void;
}

/** Follows one track of figures until the signal fires or it ends: the compressed flavour, or the plain one where there is no other. */
export async function readStats(broadcast: Broadcast, track: StatsTrack, listener: StatsListener, signal: AbortSignal): Promise<void> {
  const { found, isCompressed } = await findTrack(broadcast, track, signal);
  for await (const group of readGroups(found, defaultWish, { signal })) {
    try {
      await readGroup(group, isCompressed, listener);
    } catch (error) {
      // The next group begins with all that there is to know.
      if (!signal.aborted && !(error instanceof LiteError)) listener.unreadable(error);
    }
  }
}

async function findTrack(broadcast: Broadcast, track: StatsTrack, signal: AbortSignal): Promise<{ found: Track; isCompressed: boolean }> {
  try {
    return { found: await broadcast.track(`${track}.json.z`, { signal }), isCompressed: true };
  } catch (error) {
    const isMissing = error instanceof LiteError && (error.code === LiteErrorCode.notFound || error.code === LiteErrorCode.streamReset);
    if (!isMissing) throw error;
    return { found: await broadcast.track(`${track}.json`, { signal }), isCompressed: false };
  }
}

async function readGroup(group: Group, isCompressed: boolean, listener: StatsListener): Promise<void> {
  const inflater = isCompressed ? new GroupInflater() : undefined;
  let entries: Entries | undefined;
  for await (const { payload } of readFrames(group)) {
    const text = (inflater?.frame(payload) ?? Buffer.from(payload)).toString("utf8");
    entries = isCompressed && entries ? applyPatch(entries, text) : readSnapshot(text);
    listener.entries(entries);
  }
}
