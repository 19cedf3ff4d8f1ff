import { type AttributeSet, type AttributeSets, fallbackOf } from "../registry/attribute-set.ts";

const utf8 = new TextEncoder();
const fits = (value: string, maxBytes: number): boolean => value.length <= maxBytes && utf8.encode(value).length <= maxBytes;

interface Entry<C> {
  readonly cell: C;
  readonly key: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly startMs: number;
}

/** The series of one metric: as many as its attribute sets allow, everything beyond falls into `other` or the last value of the set. */
export class SeriesSet<C> {
  readonly #sets: readonly (readonly [key: string, set: AttributeSet])[];
  readonly #create: (attributes: Readonly<Record<string, string>>) => C;
  readonly #entries = new Map<string, Entry<C>>();
  readonly #openValues = new Map<string, Set<string>>();

  constructor(sets: AttributeSets, create: (attributes: Readonly<Record<string, string>>) => C) {
    // What only the gateway may set is no attribute of a sender.
    this.#sets = Object.entries(sets).filter(([, set]) => set.derived !== true);
    this.#create = create;
  }

  /** The cell of a series; the same one for the same attributes. */
  cell(given: Readonly<Record<string, unknown>>, nowMs: number): C {
    const values = this.#sets.map(([name, set]) => this.#admit(name, set, given[name]));
    const key = values.join("\u0000");
    const known = this.#entries.get(key);
    if (known !== undefined) return known.cell;
    const attributes = Object.fromEntries(this.#sets.map(([name], i) => [name, values[i] ?? ""]));
    const entry = { cell: this.#create(attributes), key, attributes, startMs: nowMs };
    this.#entries.set(key, entry);
    return entry.cell;
  }

  entries(): Iterable<Entry<C>> {
    return this.#entries.values();
  }

  /** Ends the series with this value of an open attribute and frees its place. */
  retire(name: string, value: string): void {
    if (!(this.#openValues.get(name)?.delete(value) ?? false)) return;
    for (const [key, entry] of this.#entries) if (entry.attributes[name] === value) this.#entries.delete(key);
  }

  #admit(name: string, set: AttributeSet, given: unknown): string {
    const value = typeof given === "string" ? given : "";
    if (set.kind === "closed") return set.values.includes(value) ? value : fallbackOf(set);
    const other = fallbackOf(set);
    if (value === "" || value === other || !fits(value, set.maxBytes)) return other;
    const known = this.#openValues.get(name) ?? new Set<string>();
    this.#openValues.set(name, known);
    if (!known.has(value) && known.size >= set.bound) return other;
    known.add(value);
    return value;
  }
}
