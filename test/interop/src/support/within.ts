import { setTimeout as sleep } from "node:timers/promises";

const limitMs = 5000;

/** The promise's value, or an error that names what did not come in time. */
export async function within<T>(what: string, promise: Promise<T>, ms: number = limitMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw message.startsWith(what) ? cause : new Error(`${what}: ${message}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Looks until it holds. */
export async function until(what: string, holds: () => boolean, ms: number = limitMs): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await sleep(1);
  }
}
