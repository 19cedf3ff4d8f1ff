import { malformed } from "../error.ts";
import type { Attributes, AttributeValue } from "./model.ts";
import { noAttributes } from "./model.ts";

/** Containers that may be nested in one attribute value or log body. */
export const valueDepthLimit = 12;

type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON object; absent and null read as an empty one, as proto3 JSON has it. */
export function objectOf(value: unknown, what: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw malformed(`${what} is no object`);
  return value as JsonObject;
}

/** A JSON array; absent and null read as an empty one. */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(`${what} is no array`);
  return value;
}

/** A string; absent and null read as "". */
export function textOf(value: unknown, what: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw malformed(`${what} is no string`);
  return value;
}

/** A double; proto3 JSON also spells it as a string ("NaN" included, which the caller refuses point by point). */
export function numberOf(value: unknown, what: string): number {
  if (typeof value === "number") return value;
  if (value === undefined || value === null) return 0;
  if (typeof value === "string") {
    if (value === "NaN") return Number.NaN;
    const number = value.trim() === "" ? Number.NaN : Number(value);
    if (!Number.isNaN(number)) return number;
  }
  throw malformed(`${what} is no number`);
}

/** An int64, as a JSON number or as a decimal string. */
export function integerOf(value: unknown, what: string): number {
  const number = numberOf(value, what);
  if (!Number.isInteger(number)) throw malformed(`${what} is no integer`);
  return number;
}

/** Nanoseconds since the epoch, in milliseconds. */
export function millisOf(value: unknown, what: string): number {
  return integerOf(value, what) / 1e6;
}

/** A trace or span id: hex digits in OTLP/JSON (not base64), any case. */
export function hexOf(value: unknown, what: string, digits: number): string {
  const text = textOf(value, what).toLowerCase();
  if (text === "") return "";
  if (text.length !== digits || !/^[0-9a-f]+$/.test(text)) throw malformed(`${what} is not ${digits} hex digits`);
  return text;
}

/** The attributes of anything that has them; the last of two with the same key wins. */
export function attributesOf(value: unknown, what: string): Attributes {
  const list = listOf(value, what);
  if (list.length === 0) return noAttributes;
  const attributes = new Map<string, AttributeValue>();
  for (const each of list) {
    const pair = objectOf(each, what);
    const read = anyValue(pair["value"], what, 1);
    if (read !== undefined) attributes.set(textOf(pair["key"], `${what} key`), flatten(read));
  }
  return attributes;
}

/** AnyValue as text, for log bodies; "" where there is none. */
export function bodyOf(value: unknown, what: string): string {
  const read = anyValue(value, what, 1);
  return read === undefined ? "" : String(flatten(read));
}

type Value = AttributeValue | readonly Value[] | { readonly [key: string]: Value };

function flatten(value: Value): AttributeValue {
  return typeof value === "object" ? JSON.stringify(value) : value;
}

function anyValue(value: unknown, what: string, depth: number): Value | undefined {
  if (depth > valueDepthLimit) throw malformed(`${what} is nested deeper than ${valueDepthLimit}`);
  const any = objectOf(value, what);
  if (any["stringValue"] !== undefined) return textOf(any["stringValue"], what);
  if (any["intValue"] !== undefined) return integerOf(any["intValue"], what);
  if (any["doubleValue"] !== undefined) return numberOf(any["doubleValue"], what);
  if (any["boolValue"] !== undefined) return any["boolValue"] === true;
  if (any["bytesValue"] !== undefined) return textOf(any["bytesValue"], what);
  if (any["arrayValue"] !== undefined) {
    const values = listOf(objectOf(any["arrayValue"], what)["values"], what);
    return values.map((each) => anyValue(each, what, depth + 1) ?? "");
  }
  if (any["kvlistValue"] !== undefined) return pairs(objectOf(any["kvlistValue"], what)["values"], what, depth + 1);
  return undefined;
}

function pairs(value: unknown, what: string, depth: number): Value {
  const entries = listOf(value, what).map((each): [string, Value] => {
    const pair = objectOf(each, what);
    return [textOf(pair["key"], what), anyValue(pair["value"], what, depth) ?? ""];
  });
  return Object.fromEntries(entries);
}
