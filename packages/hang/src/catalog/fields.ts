import { HangError, HangErrorCode } from "../error.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads typed fields of one JSON object; every refusal names the place and the value. */
export class Fields {
  readonly #object: JsonObject;
  readonly #where: string;
  constructor(value: unknown, where: string) {
    if (!isObject(value)) throw invalid(where, "an object", value);
    this.#object = value;
    this.#where = where;
  }
  raw(key: string): unknown {
    return this.#object[key];
  }
  at(key: string): string {
    return `${this.#where}.${key}`;
  }
  /** Integer 0 to 2^53 - 1: released players throw the whole catalog away over a fraction. */
  uint(key: string): number | undefined {
    return this.#field(key, "an integer from 0 to 2^53 - 1", (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0);
  }
  number(key: string): number | undefined {
    return this.#field(key, "a number", (value): value is number => typeof value === "number" && Number.isFinite(value));
  }
  text(key: string): string | undefined {
    return this.#field(key, "a string", (value): value is string => typeof value === "string");
  }
  flag(key: string): boolean | undefined {
    return this.#field(key, "true or false", (value): value is boolean => typeof value === "boolean");
  }
  hex(key: string): string | undefined {
    return this.#field(
      key,
      "an even number of hex digits",
      (value): value is string => typeof value === "string" && /^([0-9a-f]{2})*$/i.test(value),
    );
  }
  /** @throws HangError `catalog_invalid` if the field is absent. */
  required<T>(key: string, value: T | undefined): T {
    if (value === undefined) throw new HangError(HangErrorCode.catalogInvalid, `${this.at(key)} is missing`);
    return value;
  }
  #field<T>(key: string, wanted: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.#object[key];
    if (value === undefined) return undefined;
    if (!is(value)) throw invalid(this.at(key), wanted, value);
    return value;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function invalid(where: string, wanted: string, value: unknown): HangError {
  const shown = (JSON.stringify(value) ?? String(value)).slice(0, 60);
  return new HangError(HangErrorCode.catalogInvalid, `${where} must be ${wanted}, not ${shown}`);
}
/** The object without its absent fields, so that "absent" has one form. */
export function present<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
