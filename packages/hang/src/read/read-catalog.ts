import type { Broadcast, Group } from "@moqscope/lite";
import { CatalogDocument } from "../catalog/document.ts";
import { type Catalog, catalogTrackName, TrackPriority } from "../catalog/types.ts";
import { failOn, Mailbox } from "./mailbox.ts";

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/**
 * The catalogs of a broadcast as they change; a state that was overtaken before it was taken is left out. Ends when the
 * track does.
 * @throws HangError `catalog_invalid`, LiteError of the track, or the signal's reason.
 */
export async function* readCatalog(broadcast: Broadcast, options: ReadOptions = {}): AsyncGenerator<Catalog, void, undefined> {
  const { signal } = options;
  const track = await broadcast.track(catalogTrackName, signal ? { signal } : {});
  let newest = -1;
  let detachGroup = () => {};
  const follow = (group: Group) => {
    if (group.sequence < newest) return;
    newest = group.sequence;
    detachGroup();
    const document = new CatalogDocument();
    detachGroup = group.attach({
      frame: ({ payload }) => {
        try {
          catalogs.replace(document.apply(payload));
        } catch (error) {
          catalogs.fail(error);
        }
      },
      finished() {},
      // A state cut short says nothing about the next one, which comes in its own group.
      aborted() {},
    });
  };
  const catalogs = new Mailbox<Catalog>(1);
  const forget = failOn(signal, catalogs);
  const reading = track.attach(
    { group: follow, dropped() {}, ended: () => catalogs.finish(), aborted: (error) => catalogs.fail(error) },
    { priority: TrackPriority.catalog, ordered: false, maxLatencyMs: 0 },
  );
  try {
    yield* catalogs;
  } finally {
    forget();
    detachGroup();
    reading.detach();
  }
}
