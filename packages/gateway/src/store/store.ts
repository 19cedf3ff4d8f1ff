import { presentMs, type SeriesShape, StoredSeries, seriesKey } from "./series.ts";
import { type Identity, Source } from "./source.ts";

/** As long as its samples are kept, what has been silent is still found. */
const keptMs = 24 * 3_600_000;

export interface StoreOptions {
  /** Most series held; a new one beyond is refused. */
  readonly seriesLimit: number;
  /** Report interval assumed of a source until it has reported twice, milliseconds. */
  readonly intervalMs: number;
}

/**
 * Every series of the last 24 hours with its newest numbers; its samples are in the history. Whoever writes decides what a series is; the
 * store keeps, finds and forgets.
 */
export class Store {
  readonly #options: StoreOptions;
  readonly #series = new Map<string, StoredSeries>();
  readonly #byName = new Map<string, Set<StoredSeries>>();
  readonly #sources = new Map<string, Source>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#series.size;
  }

  /** Notes a report of a process and returns it. `ageMs`: how long its process has run, if it said so. */
  report(identity: Identity, nowMs: number, ageMs = 0): Source {
    const key = `${identity.service}\u0000${identity.instance}`;
    const known = this.#sources.get(key);
    if (known !== undefined) {
      known.report(nowMs);
      return known;
    }
    const source = new Source(identity, nowMs - Math.max(0, ageMs), { nowMs, intervalMs: this.#options.intervalMs });
    this.#sources.set(key, source);
    return source;
  }

  /** The series of this identity and shape, made when new; `undefined` when the series limit is reached. */
  series(shape: SeriesShape, source: Source, nowMs: number): StoredSeries | undefined {
    const key = seriesKey(shape, source);
    const known = this.#series.get(key);
    if (known !== undefined) {
      if (hasShape(known, shape) && known.source === source) return known;
      this.#drop(key, known);
    }
    if (this.#series.size >= this.#options.seriesLimit) this.#forget(nowMs, presentMs);
    if (this.#series.size >= this.#options.seriesLimit) return undefined;
    const made = new StoredSeries(shape, source, nowMs);
    this.#series.set(key, made);
    let named = this.#byName.get(shape.name);
    if (named === undefined) this.#byName.set(shape.name, (named = new Set()));
    named.add(made);
    return made;
  }

  /** All series of a name, whoever wrote them. */
  named(name: string): Iterable<StoredSeries> {
    return this.#byName.get(name) ?? [];
  }

  all(): Iterable<StoredSeries> {
    return this.#series.values();
  }

  sources(): Iterable<Source> {
    return this.#sources.values();
  }

  /** Holds a source and its series however long they rest: this process itself counts them. */
  keep(source: Source): void {
    source.isKept = true;
  }

  /** Forgets what nobody has written for 24 hours. */
  expire(nowMs: number): void {
    this.#forget(nowMs, keptMs);
  }

  #forget(nowMs: number, afterMs: number): void {
    const isOld = (lastMs: number, source: Source): boolean => nowMs - lastMs > afterMs && !source.isKept;
    for (const [key, series] of this.#series) if (isOld(series.lastMs, series.source)) this.#drop(key, series);
    for (const [key, source] of this.#sources) if (isOld(source.lastMs, source)) this.#sources.delete(key);
  }

  #drop(key: string, series: StoredSeries): void {
    this.#series.delete(key);
    const named = this.#byName.get(series.shape.name);
    named?.delete(series);
    if (named?.size === 0) this.#byName.delete(series.shape.name);
  }
}

function hasShape({ shape }: StoredSeries, other: SeriesShape): boolean {
  const { bounds } = shape;
  if (shape.type !== other.type || bounds?.length !== other.bounds?.length) return false;
  return bounds?.every((bound, index) => bound === other.bounds?.[index]) ?? true;
}
