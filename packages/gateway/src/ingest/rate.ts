/** A token bucket: `perSecond` in the long run, `burst` at once. */
export class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Takes one; `false` when there is none. */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * this.#perSecond);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/**
 * One bucket for each key, for at most `limit` keys. They are kept in two generations: when the young one is full it becomes the old one,
 * and what was not asked for since then makes room. So a key in use costs one look-up.
 */
export class Buckets {
  readonly #make: (nowMs: number) => Bucket;
  readonly #generation: number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();

  constructor(limit: number, make: (nowMs: number) => Bucket) {
    this.#make = make;
    this.#generation = Math.max(1, Math.floor(limit / 2));
  }

  take(key: string, nowMs: number): boolean {
    return (this.#young.get(key) ?? this.#renewed(key, nowMs)).take(nowMs);
  }

  #renewed(key: string, nowMs: number): Bucket {
    const bucket = this.#old.get(key) ?? this.#make(nowMs);
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, bucket);
    return bucket;
  }
}

/**
 * The network an address belongs to: /24 of IPv4, /56 of IPv6. `undefined` for this machine itself, behind which (a proxy, a test, a
 * headless load) any number of viewers may stand.
 */
export function networkOf(address: string): string | undefined {
  const plain = address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
  if (plain === "::1" || plain.startsWith("127.")) return undefined;
  if (plain.includes(".")) return plain.split(".").slice(0, 3).join(".");
  const [head = ""] = plain.split("%", 1);
  const [left = "", right] = head.split("::", 2);
  const groups = left === "" ? [] : left.split(":");
  if (right !== undefined) while (groups.length < 8 - (right === "" ? 0 : right.split(":").length)) groups.push("0");
  while (groups.length < 4) groups.push("0");
  const fourth = Number.parseInt(groups[3] ?? "0", 16) >> 8;
  return [...groups.slice(0, 3), fourth.toString(16)].join(":");
}
