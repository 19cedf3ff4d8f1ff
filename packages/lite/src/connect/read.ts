import type { LiteError } from "../error.ts";
import type { Frame, Group } from "../model/group.ts";
import { defaultWish, type Track, type Wish } from "../model/track.ts";

export interface ReadOptions {
  /** Ends the iteration without an error, and lets go of what is read at once, whatever the consumer is at. */
  readonly signal?: AbortSignal;
}

/**
 * Groups of a track as they begin: the latest cached one first (or all from `wish.start`), then live ones.
 * The reader is attached while the iteration runs. Throws the track's `LiteError` when it is aborted.
 */
export async function* readGroups(track: Track, wish: Wish = defaultWish, options: ReadOptions = {}): AsyncGenerator<Group, void> {
  const inbox = new Inbox<Group>();
  const reading = track.attach(
    { group: (group) => inbox.push(group), dropped() {}, ended: () => inbox.end(), aborted: (error) => inbox.end(error) },
    wish,
  );
  yield* inbox.drain(() => reading.detach(), options.signal);
}

/** Frames of a group, from its first. Throws the group's `LiteError` when it is aborted. */
export async function* readFrames(group: Group, options: ReadOptions = {}): AsyncGenerator<Frame, void> {
  const inbox = new Inbox<Frame>();
  const detach = group.attach({ frame: (frame) => inbox.push(frame), finished: () => inbox.end(), aborted: (error) => inbox.end(error) });
  yield* inbox.drain(detach, options.signal);
}

/** From calls to an iteration. */
class Inbox<T> {
  #items: T[] = [];
  #end: { readonly error: LiteError | undefined } | undefined;
  #wake: (() => void) | undefined;
  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }
  end(error?: LiteError): void {
    this.#end ??= { error };
    this.#wake?.();
  }
  async *drain(detach: () => void, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
    const leave = (): void => {
      detach();
      this.#items = [];
      this.end();
    };
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
    try {
      while (true) {
        for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) yield item;
        if (this.#end?.error) throw this.#end.error;
        if (this.#end) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      signal?.removeEventListener("abort", leave);
      detach();
    }
  }
}
