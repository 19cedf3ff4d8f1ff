import type { ClosedSet } from "./attribute-set.ts";

/** What a field of a span or event may hold. */
export type Field =
  | { readonly kind: "text"; readonly maxCharacters?: number }
  | { readonly kind: "number" }
  | { readonly kind: "flag" }
  | ClosedSet;
export type Fields = Readonly<Record<string, Field>>;

export const text = { kind: "text" } as const;
/** What is told once in a life, whole. */
export const longText = { kind: "text", maxCharacters: 16_384 } as const;
export const number = { kind: "number" } as const;
export const flag = { kind: "flag" } as const;

export type FieldValue<F> = F extends { readonly kind: "text" }
  ? string
  : F extends { readonly kind: "number" }
    ? number
    : F extends { readonly kind: "flag" }
      ? boolean
      : F extends ClosedSet<infer V>
        ? V
        : never;
/** Fields as their caller gives them: each may be left out, none may be invented. */
export type FieldValues<F> = { readonly [K in keyof F]?: FieldValue<F[K]> | undefined };

/** Characters of a text that does not say otherwise. */
const usualCharacters = 256;

function cut(value: string, field: Field | undefined): string {
  const most = field?.kind === "text" ? (field.maxCharacters ?? usualCharacters) : usualCharacters;
  return value.length > most ? `${value.slice(0, most - 1)}…` : value;
}

/** Values as they leave: declared ones only, `undefined` left out, text up to its field's length, usually 256 characters. */
export function declaredValues(
  fields: Fields,
  given: Readonly<Record<string, unknown>> | undefined,
): Record<string, string | number | boolean> {
  const values: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(fields, key)) continue;
    if (typeof value === "string") values[key] = cut(value, fields[key]);
    else if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) values[key] = value;
  }
  return values;
}
