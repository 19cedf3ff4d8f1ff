import type { Attributes } from "../otlp/model.ts";

export interface Identity {
  readonly service: string;
  readonly instance: string;
}

/** Who sends, by the resource of an OTLP request: service.name and service.instance.id, `unknown` where it says nothing. */
export function identityOf(resource: Attributes): Identity {
  return { service: textOf(resource, "service.name"), instance: textOf(resource, "service.instance.id") };
}

function textOf(resource: Attributes, key: string): string {
  const value = resource.get(key);
  return value === undefined || value === "" ? "unknown" : String(value);
}
