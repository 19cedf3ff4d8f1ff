export interface TallyLimits {
  readonly all: number;
  readonly perKey: number;
}

/** Counts what is held, in all and by key, up to two limits that may change meanwhile. A key without a holder takes no memory. */
export class Tally {
  readonly #limits: () => TallyLimits;
  readonly #byKey = new Map<string, number>();
  #total = 0;
  constructor(limits: () => TallyLimits) {
    this.#limits = limits;
  }
  get total(): number {
    return this.#total;
  }
  /** Which limit leaves no place for this key; `undefined` when there is one. */
  full(key: string): keyof TallyLimits | undefined {
    const { all, perKey } = this.#limits();
    if (this.#total >= all) return "all";
    return (this.#byKey.get(key) ?? 0) >= perKey ? "perKey" : undefined;
  }
  /** Takes a place; the returned function gives it back and may be called twice. `undefined` when a limit is reached. */
  take(key: string): (() => void) | undefined {
    if (this.full(key)) return undefined;
    this.#total += 1;
    this.#byKey.set(key, (this.#byKey.get(key) ?? 0) + 1);
    let mine = true;
    return () => {
      if (!mine) return;
      mine = false;
      this.#release(key);
    };
  }
  #release(key: string): void {
    this.#total -= 1;
    const left = (this.#byKey.get(key) ?? 1) - 1;
    if (left > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }
}
