import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { attributeNotes } from "../../src/registry/attribute-notes.ts";
import { events } from "../../src/registry/events.ts";
import { metrics } from "../../src/registry/metrics.ts";
import { spans } from "../../src/registry/spans.ts";
import { weaverFiles } from "./weaver.ts";

type Member = Readonly<Record<string, unknown>>;
type Attribute = Readonly<Record<string, unknown>> & { readonly id?: string; readonly ref?: string; readonly type?: unknown };
type Group = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string; readonly attributes?: readonly Attribute[] };

const files = weaverFiles();
const groups = Object.entries(files).flatMap(([name, text]) =>
  name === "registry_manifest.yaml" ? [] : (parse(text) as { readonly groups: readonly Group[] }).groups,
);
const ofType = (type: string): Group[] => groups.filter((group) => group.type === type);
const defined = groups.flatMap(({ attributes = [] }) => attributes.filter(({ id }) => id !== undefined));

/** What open-telemetry/weaver's semconv.schema.json and semconv-syntax.md ask of each kind of group, beside id, type and brief. */
const needed: Readonly<Record<string, readonly string[]>> = {
  attribute_group: ["attributes"],
  entity: ["name", "stability", "attributes"],
  metric: ["metric_name", "instrument", "unit", "stability"],
  span: ["span_kind", "stability", "attributes"],
  event: ["name", "stability"],
};
const closedFields: Readonly<Record<string, readonly string[]>> = {
  instrument: ["counter", "gauge", "histogram", "updowncounter"],
  span_kind: ["client", "server", "producer", "consumer", "internal"],
  stability: ["stable", "development", "alpha", "beta", "release_candidate"],
};
const attributeTypes = ["string", "int", "double", "boolean"];

describe("the registry for OpenTelemetry Weaver", () => {
  test("has a manifest with name, version and base of its schema", () => {
    expect(Object.keys(parse(files["registry_manifest.yaml"] ?? "") as object)).toEqual([
      "name",
      "description",
      "semconv_version",
      "schema_base_url",
    ]);
  });

  test.each(groups.map((group) => [group.id, group]))("%s has what its kind needs, with values that Weaver knows", (_id, group) => {
    expect(Object.keys(needed)).toContain(group.type);
    for (const field of ["id", "type", "brief", ...(needed[group.type] ?? [])]) expect(group).toHaveProperty(field);
    for (const [field, values] of Object.entries(closedFields)) if (field in group) expect(values).toContain(group[field]);
  });

  test("each id stands once, of groups and of attributes", () => {
    const ids = [...groups.map(({ id }) => id), ...defined.map(({ id }) => id)];
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  test("each reference leads to an attribute, and each attribute is referred to and explained", () => {
    const ids = new Set(defined.map(({ id }) => id));
    const referred = new Set(groups.flatMap(({ attributes = [] }) => attributes.flatMap(({ ref }) => ref ?? [])));
    expect([...referred].filter((ref) => !ids.has(ref))).toEqual([]);
    expect([...ids].filter((id) => id !== undefined && !referred.has(id))).toEqual([]);
    expect([...ids].filter((id) => id !== undefined && attributeNotes[id] === undefined)).toEqual([
      "cloud.region",
      "deployment.environment.name",
      "service.instance.id",
      "service.name",
      "service.version",
    ]);
    expect(Object.keys(attributeNotes).filter((id) => !ids.has(id))).toEqual([]);
  });

  test("a text has examples; an enumeration has members with ids of letters and digits, each once", () => {
    for (const { id, type, stability, brief, examples } of defined) {
      expect([id, stability, typeof brief]).toEqual([id, "development", "string"]);
      if (typeof type === "string") {
        expect(attributeTypes).toContain(type);
        expect([id, Array.isArray(examples)]).toEqual([id, type === "string"]);
        continue;
      }
      const members = (type as { readonly members: readonly Member[] }).members;
      expect(new Set(members.map((member) => member["id"])).size).toBe(members.length);
      for (const member of members) {
        expect(Object.keys(member)).toEqual(["id", "value", "stability"]);
        expect(member["id"]).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
        expect(member["value"]).toBeTypeOf("string");
      }
    }
  });

  test("holds every metric, span and event of the registry, and nothing else", () => {
    expect(ofType("metric").map((group) => group["metric_name"])).toEqual(Object.keys(metrics));
    expect(ofType("event").map((group) => group["name"])).toEqual(Object.keys(events));
    expect(ofType("span").map(({ id }) => id)).toEqual(Object.keys(spans).map((name) => `span.${name}`));
  });

  test("a metric says the values of its attributes, where the key has others elsewhere", () => {
    const group = ofType("metric").find(({ id }) => id === "metric.moq.relay.groups_dropped");
    expect(group?.attributes?.[0]).toEqual({
      ref: "reason",
      requirement_level: "required",
      annotations: {
        moqscope: { values: metrics["moq.relay.groups_dropped"].attributes.reason.values, else: "upstream_lost" },
      },
    });
  });
});
