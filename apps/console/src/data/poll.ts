import type { Clock } from "./clock.ts";

/** What is known of an answer that is asked for again and again. A failure keeps the last answer. */
export type Polled<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "failed"; readonly message: string; readonly value: T | null };

export interface PollOptions<T> {
  readonly load: (signal: AbortSignal) => Promise<T>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly onState: (state: Polled<T>) => void;
}

/** Asks, waits `intervalMs` after each answer, and asks again until the returned function is called. */
export function poll<T>(options: PollOptions<T>): () => void {
  const stopped = new AbortController();
  let last: T | null = null;
  let cancelTimer: () => void = () => {};
  const ask = async (): Promise<void> => {
    let state: Polled<T>;
    try {
      last = await options.load(stopped.signal);
      state = { kind: "ok", value: last };
    } catch (error) {
      state = { kind: "failed", message: error instanceof Error ? error.message : String(error), value: last };
    }
    if (stopped.signal.aborted) return;
    options.onState(state);
    cancelTimer = options.clock.after(options.intervalMs, () => void ask());
  };
  options.onState({ kind: "loading" });
  // `ask` settles every failure as a state, so nothing is lost here.
  void ask();
  return () => {
    stopped.abort();
    cancelTimer();
  };
}

/** The value of a polled answer, also of the last good one. */
export function valueOf<T>(polled: Polled<T>): T | null {
  return polled.kind === "loading" ? null : polled.value;
}
