import { LegacyFrame } from "@moqscope/hang";
import { type Clock, type Frame, type Group, type LiteError, LiteErrorCode, type Track, type Wish } from "@moqscope/lite";
import { Arrivals } from "./arrivals.ts";
import { type GroupFate, GroupLedger } from "./group-ledger.ts";
import { dropReason, failureReason } from "./reason.ts";

/** How the reading of a track stopped. */
export type TrackEnd = { readonly kind: "ended" } | { readonly kind: "aborted"; readonly error: LiteError };

export interface TrackWatchOptions {
  readonly clock: Clock;
  readonly wish: Wish;
  readonly onFate: (fate: GroupFate) => void;
  /** The first frame of the track has come. */
  readonly onFrame: () => void;
}

/** One track as a viewer sees it, over any number of subscriptions: its account of groups and of arrivals. */
export class TrackWatch {
  readonly name: string;
  readonly ledger: GroupLedger;
  readonly arrivals: Arrivals = new Arrivals();
  readonly #options: TrackWatchOptions;
  #leave = () => {};
  #ended = false;
  /** The first group of a subscription comes out of the relay's cache in one burst, which says nothing about delay. */
  #catchUp: number | undefined;
  constructor(name: string, options: TrackWatchOptions) {
    this.name = name;
    this.#options = options;
    this.ledger = new GroupLedger(options.onFate);
  }
  /** Whether the publisher has said that nothing follows. */
  get ended(): boolean {
    return this.#ended;
  }
  /**
   * Reads until the track ends, fails, or `leave` is called (then it never settles). `gapless` goes on where it was interrupted, else
   * with what is newest.
   */
  follow(track: Track, gapless = false): Promise<TrackEnd> {
    this.leave();
    const start = gapless ? this.ledger.resumeFrom : undefined;
    this.#ended = false;
    this.#catchUp = undefined;
    const { promise, resolve } = Promise.withResolvers<TrackEnd>();
    const following = new Map<Group, () => void>();
    let open = 0;
    let over = false;
    const settle = () => {
      if (!over || open > 0) return;
      this.#ended = true;
      resolve({ kind: "ended" });
    };
    const reading = track.attach(
      {
        group: (group) => {
          open++;
          this.#catchUp ??= group.sequence;
          const detach = this.#read(group, () => {
            open--;
            following.delete(group);
            settle();
          });
          if (group.state.kind === "open") following.set(group, detach);
        },
        dropped: ({ first, last, code }) => this.ledger.skipped(first, last, dropReason(code)),
        ended: (end) => {
          this.ledger.ended(end);
          over = true;
          settle();
        },
        aborted: (error) => {
          this.leave();
          this.ledger.interrupted(failureReason(error));
          resolve({ kind: "aborted", error });
        },
      },
      { ...this.#options.wish, ...(start === undefined ? {} : { start }) },
    );
    this.#leave = () => {
      // Groups first: they are aborted when the track loses its last reader, which is not their own fate.
      for (const detach of following.values()) detach();
      reading.detach();
    };
    return promise;
  }
  /** Stops reading; what is open stays open in the account. May be called twice. */
  leave(): void {
    this.#leave();
    this.#leave = () => {};
  }
  /** Nothing comes until the next subscription. */
  interrupted(reason: string): void {
    this.leave();
    this.ledger.interrupted(reason);
  }
  restarted(): void {
    this.leave();
    this.ledger.restarted();
    this.arrivals.restarted();
  }
  #read(group: Group, done: () => void): () => void {
    const { sequence } = group;
    const counts = this.ledger.began(sequence);
    let invalid = false;
    return group.attach({
      frame: (frame) => {
        if (!counts) this.arrivals.repeated(frame.payload.byteLength);
        else invalid ||= !this.#frame(sequence, frame);
      },
      finished: () => {
        if (counts && !invalid) this.arrivals.finished(sequence);
        if (counts) this.ledger.finished(sequence);
        done();
      },
      aborted: (error) => {
        if (counts) this.arrivals.dropped(sequence);
        const outcome = error.code === LiteErrorCode.transportClosed ? "lost" : "reset";
        if (counts) this.ledger.failed(sequence, outcome, failureReason(error));
        done();
      },
    });
  }
  #frame(group: number, frame: Frame): boolean {
    const arrivedMs = frame.receivedMs ?? this.#options.clock.now();
    try {
      const { timestampUs } = LegacyFrame.decode(frame.payload);
      this.arrivals.frame({ group, timestampUs, bytes: frame.payload.byteLength, arrivedMs, live: group !== this.#catchUp });
      this.#options.onFrame();
      return true;
    } catch (error) {
      this.arrivals.dropped(group);
      this.ledger.failed(group, "invalid", error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}
