import { type GroupFate, type GroupOutcome, type SubscribeSummary, type Subscription, subscribe } from "@moqscope/cli";
import type { Broadcast } from "@moqscope/lite";

/** One group as its publisher made it. */
export interface MadeGroup {
  readonly frames: number;
  readonly bytes: number;
}
/** What a publisher made of one track: the truth that everybody else's account is held against. */
export class MadeTrack {
  readonly name: string;
  readonly groups: Map<number, MadeGroup> = new Map();
  constructor(name: string) {
    this.name = name;
  }
  /** Writes down every group of a track from where it is made. */
  static async of(broadcast: Broadcast, name: string): Promise<MadeTrack> {
    const made = new MadeTrack(name);
    const track = await broadcast.track(name);
    const wish = { priority: 0, ordered: true, maxLatencyMs: 0, start: 0 };
    track.attach(
      {
        group(group) {
          const note = () => made.groups.set(group.sequence, { frames: group.frames.length, bytes: group.byteLength });
          group.attach({ frame: note, finished: note, aborted: note });
        },
        dropped() {},
        ended() {},
        aborted() {},
      },
      wish,
    );
    return made;
  }
  /** Sums over the groups from `first` on. */
  from(first: number): { readonly groups: number; readonly frames: number; readonly bytes: number } {
    const made = [...this.groups].filter(([sequence]) => sequence >= first).map(([, group]) => group);
    return {
      groups: made.length,
      frames: made.reduce((sum, group) => sum + group.frames, 0),
      bytes: made.reduce((sum, group) => sum + group.bytes, 0),
    };
  }
}

/** A headless viewer and the last word on each group of each track. */
export class FleetViewer {
  readonly fates: Map<string, Map<number, { readonly outcome: GroupOutcome; readonly reason?: string }>> = new Map();
  readonly subscription: Subscription;
  constructor(options: { readonly url: string; readonly broadcast: string }) {
    this.subscription = subscribe({ ...options, onGroup: (track, fate) => this.#note(track, fate) });
  }
  get summary(): Promise<SubscribeSummary> {
    return this.subscription.summary;
  }
  /** First group that this viewer was given of a track. */
  first(track: string): number | undefined {
    const sequences = [...(this.fates.get(track)?.keys() ?? [])];
    return sequences.length === 0 ? undefined : Math.min(...sequences);
  }
  /** Groups of a track that were made since this viewer's first one and have no fate, or one without a reason. */
  unaccounted(made: MadeTrack): number[] {
    const fates = this.fates.get(made.name);
    const first = this.first(made.name) ?? 0;
    return [...made.groups.keys()].filter((sequence) => {
      if (sequence < first) return false;
      const fate = fates?.get(sequence);
      return !fate || fate.outcome === "missing" || (fate.outcome !== "complete" && !fate.reason);
    });
  }
  #note(track: string, { first, last, outcome, reason }: GroupFate): void {
    const fates = this.fates.get(track) ?? new Map();
    this.fates.set(track, fates);
    for (let sequence = first; sequence <= last; sequence++) fates.set(sequence, reason === undefined ? { outcome } : { outcome, reason });
  }
}
