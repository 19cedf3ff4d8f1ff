/** Parts of the time kept: what is forgotten goes by the part, at once. */
const parts = 8;

interface Part {
  readonly fromMs: number;
  readonly starts: Map<string, number>;
}

/** The ids of sessions that were dropped, for so long and at most so many, with the start of their last report by the client's clock. */
export class DroppedSessions {
  readonly #limit: number;
  readonly #keptMs: number;
  /** The newest last. */
  readonly #parts: Part[] = [];
  #size = 0;

  constructor(limit: number, keptMs: number) {
    this.#limit = limit;
    this.#keptMs = keptMs;
  }

  /** Remembers one. Says whether others had to be forgotten for it before their time. */
  add(id: string, startMs: number, nowMs: number): boolean {
    let newest = this.#parts.at(-1);
    const isDue = newest === undefined || nowMs - newest.fromMs >= this.#keptMs / parts || newest.starts.size >= this.#limit / parts;
    if (newest === undefined || isDue) {
      newest = { fromMs: nowMs, starts: new Map() };
      this.#parts.push(newest);
    }
    this.delete(id);
    newest.starts.set(id, startMs);
    this.#size++;
    const isOver = this.#size > this.#limit;
    if (isOver) this.#forget();
    return isOver;
  }

  delete(id: string): void {
    for (const { starts } of this.#parts) if (starts.delete(id)) this.#size--;
  }

  startOf(id: string): number | undefined {
    for (const { starts } of this.#parts) {
      const startMs = starts.get(id);
      if (startMs !== undefined) return startMs;
    }
    return undefined;
  }

  /** Forgets the parts that are wholly past their time. */
  expire(nowMs: number): void {
    for (;;) {
      const [oldest, next] = this.#parts;
      if (oldest === undefined) return;
      // a part ends where the next begins
      const endMs = next?.fromMs ?? oldest.fromMs + this.#keptMs / parts;
      if (nowMs - endMs < this.#keptMs) return;
      this.#forget();
    }
  }

  /** All of them, to restore from. */
  all(): { readonly id: string; readonly startMs: number; readonly droppedMs: number }[] {
    return this.#parts.flatMap(({ fromMs, starts }) => [...starts].map(([id, startMs]) => ({ id, startMs, droppedMs: fromMs })));
  }

  #forget(): void {
    this.#size -= this.#parts.shift()?.starts.size ?? 0;
  }
}
