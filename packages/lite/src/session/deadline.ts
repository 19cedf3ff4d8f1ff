import type { Clock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";

/** A signal that fires with `timeout` after `delayMs`, or with what `signal` fires with; `cancel` when it is no longer needed. */
export function deadline(
  clock: Clock,
  delayMs: number,
  options: { readonly what: string; readonly signal?: AbortSignal | undefined },
): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const controller = new AbortController();
  const { signal, what } = options;
  const stop = clock.after(delayMs, () => controller.abort(new LiteError(LiteErrorCode.timeout, `${what} took longer than ${delayMs} ms`)));
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    cancel: () => {
      stop();
      signal?.removeEventListener("abort", abort);
    },
  };
}

/** `work`, or a rejection with the signal's reason if that fires first. */
export function withSignal<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      work.catch(() => {}); // The caller is told of the signal instead.
      return abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
