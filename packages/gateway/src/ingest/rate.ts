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

/** One bucket for each key, for at most `limit` keys: the one longest unused makes room. */
export class Buckets {
  readonly #make: (nowMs: number) => Bucket;
  readonly #limit: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: number, make: (nowMs: number) => Bucket) {
    this.#limit = limit;
    this.#make = make;
  }

  take(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key) ?? this.#make(nowMs);
    this.#buckets.delete(key);
    if (this.#buckets.size >= this.#limit) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, bucket);
    return bucket.take(nowMs);
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
