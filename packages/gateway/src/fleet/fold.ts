import type { Attributes } from "../otlp/model.ts";

/**
 * What tells apart the points of one session that share a place because some of their attributes were folded or stripped: 64 bits of a hash
 * of their attributes. `unfolded` where the place alone says which point it is.
 */
export interface Fold {
  readonly high: number;
  readonly low: number;
}
export const unfolded: Fold = { high: 0, low: 0 };

/** Never `unfolded`. */
export function foldOf(attributes: Attributes): Fold {
  const pairs = [...attributes].map(([key, value]) => `${key}=${value}`);
  const text = pairs.toSorted().join("\u0000");
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  return { high: mixed(high, low), low: (mixed(low, high) | 1) >>> 0 };
}

function mixed(one: number, other: number): number {
  return (Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909)) >>> 0;
}
