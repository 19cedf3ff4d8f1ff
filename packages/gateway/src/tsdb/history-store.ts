import { History } from "./history.ts";
import { Labels, nameLabel } from "./labels.ts";
import { type Matcher, matchesAll } from "./matcher.ts";
import { coarseShape } from "./tier.ts";

/** How long samples are kept: of each second, and one in ten seconds. */
export const fineKeptMs = 15 * 60_000;
export const coarseKeptMs = 24 * 3_600_000;
const chunkMs = coarseShape.stepMs * coarseShape.slots;

/** Why samples or series are dropped or refused. */
export type Eviction = "age" | "memory" | "idle" | "refused";

export interface HistoryLimits {
  /** Most bytes held, as the store counts them. */
  readonly memoryBytes: number;
  /** Most series. */
  readonly series: number;
}

/**
 * The last 24 hours of every series in memory. When the bound is reached the oldest hour of all series goes first; when even the last
 * hours do not fit, new series are refused.
 */
export class HistoryStore {
  readonly #limits: HistoryLimits;
  readonly #evicted: (reason: Eviction, count: number) => void;
  readonly #series = new Map<string, History>();
  readonly #byName = new Map<string, Set<History>>();
  #bytes = 0;
  #cutMs = 0;

  constructor(limits: HistoryLimits, evicted: (reason: Eviction, count: number) => void = () => {}) {
    this.#limits = limits;
    this.#evicted = evicted;
  }

  get size(): number {
    return this.#series.size;
  }

  /** Bytes held at the last `settle`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Epoch milliseconds before which samples were dropped for want of memory; 0 where none were. */
  get cutMs(): number {
    return this.#cutMs;
  }

  /** The series of these labels, made when new; `undefined` where there is no room for a new one. */
  open(labels: Labels): History | undefined {
    const known = this.#series.get(labels.key);
    if (known !== undefined) return known;
    if (this.#series.size >= this.#limits.series || this.#bytes > this.#limits.memoryBytes) {
      this.#evicted("refused", 1);
      return undefined;
    }
    const made = new History(labels);
    this.adopt(made);
    return made;
  }

  /** Takes a series that was read from a file. */
  adopt(series: History): void {
    const { key, name } = series.labels;
    this.#series.set(key, series);
    let named = this.#byName.get(name);
    if (named === undefined) this.#byName.set(name, (named = new Set()));
    named.add(series);
  }

  /** Whether there is a series of this metric. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  all(): Iterable<History> {
    return this.#series.values();
  }

  /** Series that match, in the order of their labels. */
  select(matchers: readonly Matcher[]): History[] {
    const exact = matchers.find(({ name, op }) => name === nameLabel && op === "=");
    const candidates = exact === undefined ? this.#series.values() : (this.#byName.get(exact.value) ?? []);
    const found: History[] = [];
    for (const each of candidates) if (matchesAll(each.labels, matchers)) found.push(each);
    return found.toSorted((a, b) => Labels.compare(a.labels, b.labels));
  }

  /** Forgets what is too old and, where memory is short, the oldest hours. */
  settle(nowMs: number): void {
    this.#forgetOld(nowMs);
    let bytes = this.#count();
    while (bytes > this.#limits.memoryBytes && this.#cutOldestHour(nowMs)) bytes = this.#count();
    this.#bytes = bytes;
  }

  #forgetOld(nowMs: number): void {
    let aged = 0;
    let idle = 0;
    for (const [key, series] of this.#series) {
      series.fine.dropBefore(nowMs - fineKeptMs);
      aged += series.coarse.dropBefore(nowMs - coarseKeptMs);
      if (nowMs - series.lastMs <= coarseKeptMs) continue;
      this.#drop(key, series);
      idle++;
    }
    if (aged > 0) this.#evicted("age", aged);
    if (idle > 0) this.#evicted("idle", idle);
  }

  /** Drops the oldest sealed hour of every series and, with it, series that have nothing left; `false` where no such hour is left. */
  #cutOldestHour(nowMs: number): boolean {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { coarse } of this.#series.values()) if (coarse.sealed.length > 0) firstMs = Math.min(firstMs, coarse.firstMs);
    if (firstMs + chunkMs > nowMs - fineKeptMs) return false;
    this.#cutMs = firstMs + chunkMs;
    let dropped = 0;
    let idle = 0;
    for (const [key, series] of this.#series) {
      dropped += series.coarse.dropBefore(this.#cutMs);
      if (series.lastMs >= this.#cutMs) continue;
      this.#drop(key, series);
      idle++;
    }
    this.#evicted("memory", dropped);
    if (idle > 0) this.#evicted("idle", idle);
    return true;
  }

  #count(): number {
    let bytes = 0;
    for (const series of this.#series.values()) bytes += series.bytes;
    return bytes;
  }

  #drop(key: string, series: History): void {
    this.#series.delete(key);
    const named = this.#byName.get(series.labels.name);
    named?.delete(series);
    if (named?.size === 0) this.#byName.delete(series.labels.name);
  }
}
