/** The label that holds the metric's name. */
export const nameLabel = "__name__";

/** A label set as Prometheus has it: sorted by name, without empty values, the metric's name among them. Immutable. */
export class Labels {
  readonly names: readonly string[];
  readonly values: readonly string[];
  #key: string | undefined;

  private constructor(names: readonly string[], values: readonly string[]) {
    this.names = names;
    this.values = values;
  }

  /** Labels of a record; an empty value is no label. */
  static of(record: Readonly<Record<string, string>>): Labels {
    return Labels.fromPairs(Object.entries(record));
  }

  /** Labels of pairs, of which each name stands once. */
  static fromPairs(pairs: readonly (readonly [string, string])[]): Labels {
    const kept = pairs.filter(([, value]) => value !== "").toSorted(([a], [b]) => compareText(a, b));
    return new Labels(
      kept.map(([name]) => name),
      kept.map(([, value]) => value),
    );
  }

  /** One string per label set, for maps. */
  get key(): string {
    return (this.#key ??= this.names.map((name, index) => `${name}\u0001${this.values[index]}`).join("\u0000"));
  }

  get name(): string {
    return this.get(nameLabel);
  }

  /** The value of a label; `""` where there is none. */
  get(name: string): string {
    const index = this.names.indexOf(name);
    return index < 0 ? "" : (this.values[index] ?? "");
  }

  /** Only the named labels. */
  keep(names: readonly string[]): Labels {
    return this.#filter((name) => names.includes(name));
  }

  /** All but the named labels. */
  drop(names: readonly string[]): Labels {
    return this.#filter((name) => !names.includes(name));
  }

  /** With a label set to a value, or taken away where the value is empty. */
  with(name: string, value: string): Labels {
    return Labels.fromPairs([...this.drop([name]).pairs(), [name, value]]);
  }

  pairs(): [string, string][] {
    return this.names.map((name, index) => [name, this.values[index] ?? ""]);
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.pairs());
  }

  /** As PromQL writes it: `{a="1"}`, for messages. */
  toString(): string {
    const pairs = this.pairs().map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return `{${pairs.join(", ")}}`;
  }

  /** Order of label sets: name by name, value by value. */
  static compare(a: Labels, b: Labels): number {
    const shared = Math.min(a.names.length, b.names.length);
    for (let index = 0; index < shared; index++) {
      const order = compareText(a.names[index] ?? "", b.names[index] ?? "") || compareText(a.values[index] ?? "", b.values[index] ?? "");
      if (order !== 0) return order;
    }
    return a.names.length - b.names.length;
  }

  #filter(keeps: (name: string) => boolean): Labels {
    if (this.names.every(keeps)) return this;
    const kept = this.pairs().filter(([name]) => keeps(name));
    return new Labels(
      kept.map(([name]) => name),
      kept.map(([, value]) => value),
    );
  }
}

/** The label set without a label. */
export const noLabels: Labels = Labels.of({});

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
