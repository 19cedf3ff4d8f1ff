import type { Attributes } from "../otlp/model.ts";
import type { Identity } from "../store/source.ts";

export type { Identity };

/** Who sends, by the resource of an OTLP request: service.name and service.instance.id, `unknown` where it says nothing. */
export function identityOf(resource: Attributes): { readonly service: string; readonly instance: string } {
  return { service: textOf(resource, "service.name"), instance: textOf(resource, "service.instance.id") };
}

/** The same with the region of the process, where it says so (cloud.region). */
export function placedIdentityOf(resource: Attributes): Identity {
  const region = resource.get("cloud.region");
  return { ...identityOf(resource), ...(region === undefined || region === "" ? {} : { cloudRegion: String(region) }) };
}

function textOf(resource: Attributes, key: string): string {
  const value = resource.get(key);
  return value === undefined || value === "" ? "unknown" : String(value);
}
