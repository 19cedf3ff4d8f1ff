/** How long a viewer of a live path may be without a frame. */
export const mostGapMs = 3000;
const lookMs = 250;
/** A look so late tells of this process, which had no time to see frames either. */
const lateMs = 100;

/** One viewer on one path, for as long as it wants to watch. */
export interface Watch {
  readonly viewer: string;
  readonly path: string;
  /** Since when what it watches could reach it without a break; absent while it could not. */
  readonly liveSince: () => number | undefined;
  /** It takes nothing by its own will. */
  stalled: boolean;
  /** Of the last frame, or of when it began. */
  lastMs: number;
  /** What happened to it, for the report of a fault. */
  readonly story: string[];
}

/** What every viewer saw, and what none may have seen. */
export class Book {
  readonly faults: string[] = [];
  frames = 0;
  /** The longest gap of any viewer of a live path. */
  worstGapMs = 0;
  /** How long this process was held up in all: its own time is nobody's gap. */
  heldUpMs = 0;
  readonly #watches = new Set<Watch>();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  begin(): void {
    this.#dueMs = performance.now() + lookMs;
    this.#timer = setInterval(() => this.#look(), lookMs);
  }
  end(): void {
    clearInterval(this.#timer);
  }
  open(watch: Omit<Watch, "lastMs" | "stalled" | "story">): Watch {
    const opened = { ...watch, stalled: false, lastMs: performance.now(), story: [] };
    this.#watches.add(opened);
    return opened;
  }
  close(watch: Watch): void {
    this.#watches.delete(watch);
  }
  frame(watch: Watch): void {
    const now = performance.now();
    this.frames++;
    this.#excuse(now);
    this.#judge(watch, now);
    watch.lastMs = now;
  }
  fault(what: string): void {
    // The first tell what went wrong; ten thousand say no more.
    if (this.faults.length < 100) this.faults.push(what);
  }
  #look(): void {
    const now = performance.now();
    this.#excuse(now);
    this.#dueMs = now + lookMs;
    for (const watch of this.#watches) {
      if (watch.stalled || watch.liveSince() === undefined) watch.lastMs = now;
      else this.#judge(watch, now);
    }
  }
  /** Whatever comes first after this process was held up, a frame or a look, puts every book right before it is judged. */
  #excuse(now: number): void {
    const lateForMs = now - this.#dueMs;
    if (lateForMs <= lateMs) return;
    this.#dueMs = now;
    this.heldUpMs += lateForMs;
    for (const watch of this.#watches) watch.lastMs = Math.min(now, Math.max(watch.lastMs, watch.liveSince() ?? 0) + lateForMs);
  }
  #judge(watch: Watch, now: number): void {
    const since = watch.liveSince();
    if (since === undefined || watch.stalled) return;
    const gapMs = now - Math.max(watch.lastMs, since);
    this.worstGapMs = Math.max(this.worstGapMs, gapMs);
    if (gapMs <= mostGapMs) return;
    this.fault(`${watch.viewer} saw nothing of ${watch.path} for ${Math.round(gapMs)} ms: ${watch.story.slice(-6).join(", ")}`);
    watch.lastMs = now;
  }
}
