import { attributeNotes } from "../../src/registry/attribute-notes.ts";
import type { AttributeSet } from "../../src/registry/attribute-set.ts";
import { events } from "../../src/registry/events.ts";
import type { Field } from "../../src/registry/fields.ts";
import { resourceAttributes } from "../../src/registry/resource.ts";
import { spans } from "../../src/registry/spans.ts";
import { allMetrics } from "./registry.ts";

type Shape = AttributeSet | Field;
/** An attribute with every shape that it has somewhere: a key may hold other values on another metric. */
type Uses = ReadonlyMap<string, readonly Shape[]>;

function usesOf(): Uses {
  const uses = new Map<string, Shape[]>();
  const add = (key: string, shape: Shape): void => void uses.set(key, [...(uses.get(key) ?? []), shape]);
  for (const [, { attributes }] of allMetrics) for (const [key, set] of Object.entries(attributes)) add(key, set);
  for (const { attributes } of Object.values(spans)) for (const [key, field] of Object.entries<Field>(attributes)) add(key, field);
  for (const { fields } of Object.values(events)) for (const [key, field] of Object.entries<Field>(fields)) add(key, field);
  return uses;
}

const types = { text: "string", open: "string", number: "double", flag: "boolean" } as const;

/** A member's id holds letters, digits and underscores. */
const memberId = (value: string): string => value.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");

function typeOf(shapes: readonly Shape[]): unknown {
  const free = shapes.find(({ kind }) => kind === "text" || kind === "open");
  if (free !== undefined) return "string";
  const values = new Set(shapes.flatMap((shape) => (shape.kind === "closed" ? shape.values : [])));
  if (values.size > 0) return { members: [...values].map((value) => ({ id: memberId(value), value, stability: "development" })) };
  const [shape] = shapes;
  return shape === undefined || shape.kind === "closed" ? "string" : types[shape.kind];
}

function attribute(id: string, type: unknown): Record<string, unknown> {
  const [brief, example] = attributeNotes[id] ?? [resourceAttributes[id]?.description ?? id];
  const examples = type === "string" ? { examples: [example ?? id] } : {};
  return { id, type, stability: "development", brief, ...examples };
}

/** Every attribute, once: Weaver knows one definition of a key, so an enumeration holds what the key means anywhere. */
export function weaverAttributes(): unknown {
  const uses = usesOf();
  const ids = [...new Set([...uses.keys(), ...Object.keys(resourceAttributes)])].toSorted();
  const attributes = ids.map((id) => {
    const shapes = uses.get(id);
    return attribute(id, shapes === undefined ? resourceAttributes[id]?.type : typeOf(shapes));
  });
  return {
    groups: [
      { id: "registry.moqscope", type: "attribute_group", brief: "Attributes of metrics, spans, events and resources.", attributes },
    ],
  };
}
