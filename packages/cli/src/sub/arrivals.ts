/** How much later than the fastest frame the others came, in milliseconds; no clock of the publisher is involved. */
export interface Delay {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}
/** Breaks in the media time of what was received whole. */
export interface MediaGaps {
  readonly count: number;
  /** Milliseconds of media that are not there. */
  readonly ms: number;
}
interface Span {
  readonly startUs: number;
  endUs: number;
  frames: number;
}
/** Differences are kept in steps of a millisecond within a minute of the first, so that no timestamp of a peer makes the table grow. */
const maxShiftMs = 60_000;
/** Groups whose spans are kept to compare neighbours, which need not end in order. */
const keptSpans = 16;

/** What a track's frames say by when they come: counts, delay, gaps. */
export class Arrivals {
  #frames = 0;
  #bytes = 0;
  #stepUs = Number.POSITIVE_INFINITY;
  #firstShiftMs: number | undefined;
  readonly #shifts = new Map<number, number>();
  readonly #open = new Map<number, Span>();
  readonly #whole = new Map<number, Span>();
  readonly #gapBefore = new Map<number, number>();
  #oldGaps = 0;
  #oldGapUs = 0;
  /** Every frame that came, also of groups that came twice. */
  get frames(): number {
    return this.#frames;
  }
  /** Bytes of those frames as relays count them: the container's timestamps included. */
  get bytes(): number {
    return this.#bytes;
  }
  /** A frame has come. `live` is false for what was kept for late joiners: it says nothing about delay. */
  frame(frame: {
    readonly group: number;
    readonly timestampUs: number;
    readonly bytes: number;
    readonly arrivedMs: number;
    readonly live: boolean;
  }): void {
    this.#frames++;
    this.#bytes += frame.bytes;
    if (frame.live) this.#shift(frame.arrivedMs - frame.timestampUs / 1000);
    const span = this.#open.get(frame.group);
    if (!span) {
      this.#open.set(frame.group, { startUs: frame.timestampUs, endUs: frame.timestampUs, frames: 1 });
      return;
    }
    const step = Math.abs(frame.timestampUs - span.endUs);
    if (step > 0) this.#stepUs = Math.min(this.#stepUs, step);
    span.endUs = Math.max(span.endUs, frame.timestampUs);
    span.frames++;
  }
  /** A frame has come of a group that was whole already. */
  repeated(bytes: number): void {
    this.#frames++;
    this.#bytes += bytes;
  }
  /** A group is whole. */
  finished(group: number): void {
    const span = this.#open.get(group);
    this.#open.delete(group);
    if (!span) return;
    this.#whole.set(group, span);
    let [before, after]: [number | undefined, number | undefined] = [undefined, undefined];
    for (const other of this.#whole.keys()) {
      if (other < group) before = Math.max(before ?? other, other);
      if (other > group) after = Math.min(after ?? other, other);
    }
    this.#compare(before, group);
    this.#compare(group, after);
    if (this.#whole.size > keptSpans) this.#forget(Math.min(...this.#whole.keys()));
  }
  /** A group will not be whole. */
  dropped(group: number): void {
    this.#open.delete(group);
  }
  /** Another publisher, another zero of media time. */
  restarted(): void {
    for (const group of this.#whole.keys()) this.#forget(group);
    this.#open.clear();
    this.#shifts.clear();
    this.#firstShiftMs = undefined;
  }
  get gaps(): MediaGaps {
    const kept = [...this.#gapBefore.values()];
    const us = this.#oldGapUs + kept.reduce((a, b) => a + b, 0);
    return { count: this.#oldGaps + kept.length, ms: Math.round(us / 1000) };
  }
  /** `undefined` before the first live frame. */
  get delay(): Delay | undefined {
    const steps = [...this.#shifts.keys()].sort((a, b) => a - b);
    const [least] = steps;
    if (least === undefined) return undefined;
    const count = [...this.#shifts.values()].reduce((a, b) => a + b, 0);
    const quantile = (q: number) => {
      let seen = 0;
      for (const step of steps) {
        seen += this.#shifts.get(step) ?? 0;
        if (seen >= q * count) return step - least;
      }
      return (steps.at(-1) ?? least) - least;
    };
    return { p50: quantile(0.5), p95: quantile(0.95), max: quantile(1) };
  }
  #shift(shiftMs: number): void {
    this.#firstShiftMs ??= shiftMs;
    const step = Math.round(Math.min(maxShiftMs, Math.max(-maxShiftMs, shiftMs - this.#firstShiftMs)));
    this.#shifts.set(step, (this.#shifts.get(step) ?? 0) + 1);
  }
  #compare(before: number | undefined, after: number | undefined): void {
    const [earlier, later] = [this.#whole.get(before ?? -1), this.#whole.get(after ?? -1)];
    if (!earlier || !later || after === undefined) return;
    // With one frame per group the distance of neighbours is the step.
    if (earlier.frames === 1 && later.startUs > earlier.endUs) this.#stepUs = Math.min(this.#stepUs, later.startUs - earlier.endUs);
    const gapUs = later.startUs - earlier.endUs - this.#stepUs;
    if (gapUs > Math.max(this.#stepUs / 2, 5000)) this.#gapBefore.set(after, gapUs);
    else this.#gapBefore.delete(after);
  }
  #forget(group: number): void {
    this.#whole.delete(group);
    const gapUs = this.#gapBefore.get(group);
    if (gapUs === undefined) return;
    this.#gapBefore.delete(group);
    this.#oldGaps++;
    this.#oldGapUs += gapUs;
  }
}
