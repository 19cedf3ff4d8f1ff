import { getHeapStatistics } from "node:v8";
import type { Clock } from "@moqscope/lite";

/** What is refused for want of memory: nothing, new sessions, or new subscriptions too. */
export const Shedding = { none: 0, sessions: 1, subscriptions: 2 } as const;
export type Shedding = (typeof Shedding)[keyof typeof Shedding];

const lookMs = 1_000;
/** Shares of the limit at which subscriptions are refused too, and below which everything is let in again. */
const subscriptionsAt = 1.05;
const overBelow = 0.9;
/** Part of the heap's own limit that counts as full: near it the collector takes all the time. */
const heapShare = 0.9;

export interface MemoryGuardOptions {
  readonly clock: Clock;
  /** Bytes of resident memory from which on load is shed; asked each time, since it may change. */
  readonly limitBytes: () => number;
  /** Bytes in use. Default the resident memory of the process. */
  readonly usedBytes?: () => number;
  /** Called at each look while load is shed: lets go what nobody needs. */
  readonly relieve: () => void;
  readonly onChange: (level: Shedding, usedBytes: number) => void;
}

/** Looks at the memory of the process each second, and says what to refuse so that what is there can be kept. */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  #level: Shedding = Shedding.none;
  #cancel = (): void => {};
  constructor(options: MemoryGuardOptions) {
    this.#options = options;
  }
  get level(): Shedding {
    return this.#level;
  }
  start(): void {
    this.#cancel = this.#options.clock.after(
      lookMs,
      () => {
        this.#look();
        this.start();
      },
      { background: true },
    );
  }
  stop(): void {
    this.#cancel();
  }
  #look(): void {
    const { limitBytes, usedBytes = residentBytes, relieve, onChange } = this.#options;
    const used = usedBytes();
    const next = levelAt(Math.max(used / limitBytes(), heapUse()), this.#level);
    if (next !== Shedding.none) relieve();
    if (next === this.#level) return;
    this.#level = next;
    onChange(next, used);
  }
}

/** A level holds until the pressure is clearly below what led to it. */
function levelAt(pressure: number, before: Shedding): Shedding {
  if (pressure >= subscriptionsAt || (before === Shedding.subscriptions && pressure >= 1)) return Shedding.subscriptions;
  if (pressure >= 1 || (before !== Shedding.none && pressure >= overBelow)) return Shedding.sessions;
  return Shedding.none;
}
function residentBytes(): number {
  return process.memoryUsage.rss();
}
/** Use of the JavaScript heap as a share of what it may have. */
function heapUse(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / (limit * heapShare);
}
