import { type Clock, defaultTrackInfo, systemClock, Track } from "@moqscope/lite";
import { encodeCatalog } from "../catalog/document.ts";
import { type Catalog, catalogTrackName } from "../catalog/types.ts";

/** Writes a catalog track: every state is one group of one snapshot frame, the form that every released player reads. */
export class CatalogProducer {
  readonly track: Track;
  readonly #clock: Clock;
  #last = "";
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.track = new Track({ name: catalogTrackName, info: defaultTrackInfo, clock });
  }
  /** Publishes this state; one that equals the last is not published again. */
  update(catalog: Omit<Catalog, "skipped">): void {
    const payload = encodeCatalog(catalog);
    const text = new TextDecoder().decode(payload);
    if (text === this.#last || this.track.ended) return;
    this.#last = text;
    const group = this.track.createGroup();
    group.append({ timestamp: Math.round(this.#clock.now()), payload });
    group.finish();
  }
  close(): void {
    this.track.finish();
  }
}
