import type { CachePool, Clock } from "@moqscope/lite";
import type { RelayLimits } from "../limits.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import { MemoryGuard, Shedding } from "./memory-guard.ts";

export interface ShedLoadOptions {
  readonly clock: Clock;
  /** Read at each look: they may change. */
  readonly limits: RelayLimits;
  /** Gives its groups back first. */
  readonly pool: CachePool;
  readonly instruments: RelayInstruments;
  readonly usedBytes: (() => number) | undefined;
}

const states: Readonly<Record<Shedding, string>> = {
  [Shedding.none]: "over",
  [Shedding.sessions]: "sessions refused",
  [Shedding.subscriptions]: "subscriptions refused",
};

/** Guards the memory of a relay: the cache goes first, and each change of what is refused is told and shown. */
export function shedLoad({ clock, limits, pool, instruments, usedBytes }: ShedLoadOptions): MemoryGuard {
  return new MemoryGuard({
    clock,
    limitBytes: () => limits.memoryLimitBytes,
    ...(usedBytes ? { usedBytes } : {}),
    relieve: () => pool.trim(),
    onChange: (level, used) => {
      instruments.shedding.set(level);
      instruments.recorder.event(level === Shedding.none ? "info" : "error", "moq.overload", {
        state: states[level],
        used_bytes: used,
        limit_bytes: limits.memoryLimitBytes,
      });
    },
  });
}
