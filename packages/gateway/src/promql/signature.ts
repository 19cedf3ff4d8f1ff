import { type Labels, nameLabel } from "../tsdb/labels.ts";
import type { Matching } from "./ast.ts";

/** What two series must have in common to belong together, as one string. */
export function signatureBy({ on, labels: names }: Matching): (labels: Labels) => string {
  const ignored = [...names, nameLabel];
  return (labels) => (on ? names.map((name) => labels.get(name)).join("\u0000") : labels.drop(ignored).key);
}
