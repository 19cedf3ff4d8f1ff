/** Attribute whose values are a closed list; a value outside becomes the last one. */
export interface ClosedSet<V extends string = string> {
  readonly kind: "closed";
  readonly values: readonly V[];
  /** Only the gateway may set it: no sender records it. */
  readonly derived?: true;
}
/** Attribute with free values, of which at most `bound` have series of their own; the rest is `other`. */
export interface OpenSet {
  readonly kind: "open";
  readonly bound: number;
  /** UTF-8 length of the longest value; a longer one is `other`. */
  readonly maxBytes: number;
  readonly derived?: true;
}
export type AttributeSet = ClosedSet | OpenSet;
/** The values of a closed set, or `string` where the set is open. */
export type ValueOf<S> = S extends ClosedSet<infer V> ? V : S extends OpenSet ? string : never;
export type AttributeSets = Readonly<Record<string, AttributeSet>>;

/** A closed list of values; the last one stands for everything else. */
export function closed<const V extends readonly string[]>(...values: V): ClosedSet<V[number]> {
  return { kind: "closed", values };
}

/** Free values, at most `bound` of them at a time. */
export function open(bound: number, maxBytes: number): OpenSet {
  return { kind: "open", bound, maxBytes };
}

/** The same set, set by the gateway only. */
export function derived<S extends AttributeSet>(set: S): S & { readonly derived: true } {
  return { ...set, derived: true };
}

/** What stands for a value that the set does not hold. */
export function fallbackOf(set: AttributeSet): string {
  return set.kind === "open" ? "other" : (set.values.at(-1) ?? "other");
}
