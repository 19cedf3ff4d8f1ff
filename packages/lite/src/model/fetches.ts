import { LiteError, LiteErrorCode } from "../error.ts";
import { withSignal } from "../session/deadline.ts";
import type { Group } from "./group.ts";

/** Asks the source for one group; resolves with its first frame there. The signal fires when nobody wants it any more. */
export type FetchGroup = (sequence: number, options: { readonly signal: AbortSignal }) => Promise<Group>;

interface Fetching {
  readonly answer: Promise<Group>;
  readonly stop: AbortController;
  waiting: number;
}

/** Groups on their way from the source: asked for once however many want one, until it has ended or the last of them has left. */
export class Fetches {
  readonly #ask: FetchGroup;
  readonly #open = new Map<number, Fetching>();
  constructor(ask: FetchGroup) {
    this.#ask = ask;
  }
  async fetch(sequence: number, signal: AbortSignal | undefined): Promise<Group> {
    const fetching = this.#open.get(sequence) ?? this.#start(sequence);
    fetching.waiting++;
    try {
      return await withSignal(fetching.answer, signal);
    } catch (error) {
      if (fetching.waiting === 1) this.#leave(sequence, fetching);
      throw error;
    } finally {
      fetching.waiting--;
    }
  }
  #start(sequence: number): Fetching {
    const stop = new AbortController();
    const fetching = { answer: this.#ask(sequence, { signal: stop.signal }), stop, waiting: 0 };
    this.#open.set(sequence, fetching);
    void this.#follow(sequence, fetching); // Never rejects: whoever waits is told by the answer itself.
    return fetching;
  }
  async #follow(sequence: number, fetching: Fetching): Promise<void> {
    try {
      const group = await fetching.answer;
      group.onUnread(() => queueMicrotask(() => group.readers === 0 && fetching.waiting === 0 && this.#leave(sequence, fetching)));
      await group.closed;
    } catch {
      // Told by `answer`.
    }
    this.#forget(sequence, fetching);
  }
  #leave(sequence: number, fetching: Fetching): void {
    this.#forget(sequence, fetching);
    fetching.stop.abort(new LiteError(LiteErrorCode.cancelled, `nobody wants group ${sequence} any more`));
  }
  #forget(sequence: number, fetching: Fetching): void {
    if (this.#open.get(sequence) === fetching) this.#open.delete(sequence);
  }
}
