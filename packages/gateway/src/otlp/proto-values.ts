import { malformed } from "../error.ts";
import type { AnyValue, KeyValue } from "../gen/common/v1/common_pb.ts";
import { valueDepthLimit } from "./json-values.ts";
import type { Attributes, AttributeValue } from "./model.ts";
import { noAttributes } from "./model.ts";

/** Nanoseconds since the epoch, in milliseconds. */
export function millis(nanos: bigint): number {
  return Number(nanos) / 1e6;
}

/** A trace or span id in lower-case hex; "" where there is none. Throws GatewayError `malformed` on another length. */
export function hex(bytes: Uint8Array, length: number): string {
  if (bytes.length === 0) return "";
  if (bytes.length !== length) throw malformed(`an id has ${bytes.length} bytes instead of ${length}`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The attributes of anything that has them; the last of two with the same key wins. */
export function attributes(pairs: readonly KeyValue[]): Attributes {
  if (pairs.length === 0) return noAttributes;
  const read = new Map<string, AttributeValue>();
  for (const { key, value } of pairs) {
    const plain = value === undefined ? undefined : anyValue(value, 1);
    if (plain !== undefined) read.set(key, flatten(plain));
  }
  return read;
}

/** AnyValue as text, for log bodies; "" where there is none. */
export function bodyText(value: AnyValue | undefined): string {
  const plain = value === undefined ? undefined : anyValue(value, 1);
  return plain === undefined ? "" : String(flatten(plain));
}

type Value = AttributeValue | readonly Value[] | { readonly [key: string]: Value };

function flatten(value: Value): AttributeValue {
  return typeof value === "object" ? JSON.stringify(value) : value;
}

function anyValue({ value }: AnyValue, depth: number): Value | undefined {
  if (depth > valueDepthLimit) throw malformed(`a value is nested deeper than ${valueDepthLimit}`);
  switch (value.case) {
    case "stringValue":
    case "boolValue":
    case "doubleValue":
      return value.value;
    case "intValue":
      return Number(value.value);
    case "bytesValue":
      return Buffer.from(value.value).toString("base64");
    case "arrayValue":
      return value.value.values.map((each) => anyValue(each, depth + 1) ?? "");
    case "kvlistValue":
      return Object.fromEntries(
        value.value.values.map((each) => [each.key, each.value === undefined ? "" : (anyValue(each.value, depth + 1) ?? "")]),
      );
    case "stringValueStrindex":
    case undefined:
      return undefined;
  }
}
