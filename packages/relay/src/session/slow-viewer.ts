import type { Clock, GroupDropReason } from "@moqscope/lite";

/** Without a group given up for so long a viewer has caught up, milliseconds. */
const caughtUpMs = 10_000;
/** Groups that a viewer loses because it takes them too slowly. */
const tooSlow: ReadonlySet<GroupDropReason> = new Set(["backpressure", "expired", "no_credit"]);

export interface SlowViewerOptions {
  readonly clock: Clock;
  /** How long a viewer may stay behind; 0 for ever. */
  readonly afterMs: number;
  /** Told once. */
  readonly onTooLong: () => void;
}

/** Watches the groups that one viewer loses by its own slowness: how long it has not been without such losses. */
export class SlowViewer {
  readonly #options: SlowViewerOptions;
  #sinceMs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #told = false;
  constructor(options: SlowViewerOptions) {
    this.#options = options;
  }
  dropped(reason: GroupDropReason): void {
    const { clock, afterMs, onTooLong } = this.#options;
    if (!tooSlow.has(reason) || afterMs === 0 || this.#told) return;
    const now = clock.now();
    if (now - this.#lastMs > caughtUpMs) this.#sinceMs = now;
    this.#lastMs = now;
    if (now - this.#sinceMs < afterMs) return;
    this.#told = true;
    onTooLong();
  }
}
