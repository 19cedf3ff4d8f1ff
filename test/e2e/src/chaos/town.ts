import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "@moqscope/impairment";
import type { Book } from "./book.ts";
import type { RelayProcess } from "./relay-process.ts";
import type { Tokens } from "./tokens.ts";

/** What everybody in the run shares. */
export interface Town {
  readonly relays: readonly RelayProcess[];
  readonly quic: boolean;
  readonly tokens: Tokens;
  readonly book: Book;
  readonly seed: number;
}

/** Chance of one inhabitant: what one does never changes what another one meets. */
export class Dice {
  readonly #random: () => number;
  constructor(seed: number, purpose: string) {
    this.#random = seeded(seed, purpose);
  }
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
  /** Milliseconds, whole. */
  between(low: number, high: number): number {
    return Math.round(low + this.#random() * (high - low));
  }
  chance(share: number): boolean {
    return this.#random() < share;
  }
  share(): number {
    return this.#random();
  }
  pick<T>(of: readonly T[]): T {
    const picked = of[this.below(of.length)];
    if (picked === undefined) throw new RangeError("there is nothing to pick from");
    return picked;
  }
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** Waits, and gives false when it was called off. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    // Called off, which is the answer.
    return false;
  }
}

export const broadcast = (index: number): string => `stream${index}`;
export const trackName = "data";
