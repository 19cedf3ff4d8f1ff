import type { Path } from "../model/path.ts";
import type { Announcement } from "./session.ts";

interface Entry {
  /** The consumer was told of it as active. */
  told: boolean;
  ended: boolean;
  active: Announcement | undefined;
}

/** Changes for a consumer that may be slow: per path at most one `ended` and one `active` wait. */
export class Announcements {
  readonly #entries = new Map<Path, Entry>();
  /** Paths with something to tell, oldest change first. */
  readonly #pending = new Set<Path>();
  #done: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  active(path: Path, hops: readonly bigint[]): void {
    const entry = this.#entries.get(path) ?? { told: false, ended: false, active: undefined };
    this.#entries.set(path, entry);
    entry.active = { kind: "active", path, hops };
    this.#change(path);
  }
  ended(path: Path): void {
    const entry = this.#entries.get(path);
    if (!entry) return;
    entry.active = undefined;
    entry.ended = entry.told;
    if (entry.told) return this.#change(path);
    this.#entries.delete(path);
    this.#pending.delete(path);
  }
  /** Nothing follows; with an error the consumer is given that. */
  end(error?: Error): void {
    this.#done ??= { error };
    this.#notify();
  }
  /** The next change; `undefined` at the end. */
  async next(): Promise<Announcement | undefined> {
    while (true) {
      const next = this.#take();
      if (next) return next;
      if (this.#done?.error) throw this.#done.error;
      if (this.#done) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
  #take(): Announcement | undefined {
    const [path] = this.#pending;
    if (path === undefined) return undefined;
    const entry = this.#entries.get(path);
    if (!entry) {
      this.#pending.delete(path);
      return this.#take();
    }
    if (entry.ended) {
      entry.ended = false;
      entry.told = false;
      if (!entry.active) this.#forget(path);
      return { kind: "ended", path };
    }
    this.#pending.delete(path);
    const { active } = entry;
    entry.active = undefined;
    entry.told = true;
    return active;
  }
  #forget(path: Path): void {
    this.#entries.delete(path);
    this.#pending.delete(path);
  }
  #change(path: Path): void {
    this.#pending.add(path);
    this.#notify();
  }
  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
